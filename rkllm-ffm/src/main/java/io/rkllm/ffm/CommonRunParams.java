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
 * The structs that {@code RKLLMInferParam} points to, which have the same layout in all ABIs. The
 * classes generated for one ABI are used for all; a test checks that they are equal. Stateless; the
 * memory must remain valid until the run has ended.
 */
final class CommonRunParams {
  private CommonRunParams() {}

  /** Returns the {@code RKLLMInferMode}. */
  static int mode(InferenceMode mode) {
    return switch (mode) {
      case GENERATE -> rkllm_h.RKLLM_INFER_GENERATE();
      case LAST_HIDDEN_LAYER -> rkllm_h.RKLLM_INFER_GET_LAST_HIDDEN_LAYER();
      case LOGITS -> rkllm_h.RKLLM_INFER_GET_LOGITS();
    };
  }

  /** Returns the {@code RKLLMLoraParam} that selects the adapter, or NULL for the base model. */
  static MemorySegment lora(@Nullable String adapter, SegmentAllocator allocator) {
    if (adapter == null) {
      return MemorySegment.NULL;
    }
    MemorySegment param = RKLLMLoraParam.allocate(allocator);
    RKLLMLoraParam.lora_adapter_name(param, allocator.allocateFrom(adapter));
    return param;
  }

  /** Returns the {@code RKLLMPromptCacheParam} that writes the file, or NULL for none. */
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
