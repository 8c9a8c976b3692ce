package io.rkllm.ffm;

import io.rkllm.ffm.gen.v1_2.RKLLMLoraParam;
import io.rkllm.ffm.gen.v1_2.RKLLMPromptCacheParam;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.spi.InferenceMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code RKLLMInferParam} points to, laid out alike in all ABIs. The generated classes of one
 * serve for both; a test holds them equal. Stateless; the memory must live until the run has ended.
 */
final class CommonRunParams {
  private CommonRunParams() {}

  /** The {@code RKLLMInferMode}. */
  static int mode(InferenceMode mode) {
    return switch (mode) {
      case GENERATE -> rkllm_h.RKLLM_INFER_GENERATE();
      case LAST_HIDDEN_LAYER -> rkllm_h.RKLLM_INFER_GET_LAST_HIDDEN_LAYER();
      case LOGITS -> rkllm_h.RKLLM_INFER_GET_LOGITS();
    };
  }

  /** The {@code RKLLMLoraParam} that names this adapter; NULL for the base model. */
  static MemorySegment lora(@Nullable String adapter, SegmentAllocator allocator) {
    if (adapter == null) {
      return MemorySegment.NULL;
    }
    MemorySegment param = RKLLMLoraParam.allocate(allocator);
    RKLLMLoraParam.lora_adapter_name(param, allocator.allocateFrom(adapter));
    return param;
  }

  /** The {@code RKLLMPromptCacheParam} to write this file; NULL for none. */
  static MemorySegment promptCache(@Nullable Path file, SegmentAllocator allocator) {
    if (file == null) {
      return MemorySegment.NULL;
    }
    MemorySegment param = RKLLMPromptCacheParam.allocate(allocator);
    RKLLMPromptCacheParam.save_prompt_cache(param, 1);
    RKLLMPromptCacheParam.prompt_cache_path(param, CPath.of(file, allocator));
    return param;
  }
}
