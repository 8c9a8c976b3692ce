package io.rkllm.ffm;

import io.rkllm.ffm.gen.v1_2.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_2.RKLLMInput;
import io.rkllm.ffm.gen.v1_2.RKLLMMultiModalInput;
import io.rkllm.ffm.gen.v1_2.RKLLMParam;
import io.rkllm.ffm.gen.v1_2.rkllm_createDefaultParam_fn;
import io.rkllm.input.Images;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;

/**
 * The ABI of releases 1.2.1 to 1.2.3. Sampling parameters, the token limit and the tags for images
 * are set per model.
 */
final class Abi12 implements Abi {
  static final Abi12 INSTANCE = new Abi12();

  private Abi12() {}

  @Override
  public String name() {
    return "1.2";
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.BATCHES);
  }

  @Override
  public MemorySegment defaultParam(MemorySegment function, SegmentAllocator allocator) {
    return rkllm_createDefaultParam_fn.invoke(function, allocator);
  }

  @Override
  public LoadParam read(MemorySegment param) {
    return CommonParams.read(param, RKLLMParam.extend_param(param));
  }

  @Override
  public void configure(MemorySegment param, ModelConfig config, SegmentAllocator allocator) {
    CommonParams.write(param, RKLLMParam.extend_param(param), config, allocator);
    RKLLMParam.is_async(param, config.nativeAsync());
    MediaTags tags = config.imageTags();
    if (tags != null) {
      RKLLMParam.img_start(param, allocator.allocateFrom(tags.start()));
      RKLLMParam.img_end(param, allocator.allocateFrom(tags.end()));
      RKLLMParam.img_content(param, allocator.allocateFrom(tags.content()));
    }
  }

  /** Returns the function pointer itself. */
  @Override
  public MemorySegment callback(Stubs stubs, SegmentAllocator allocator) {
    return stubs.result();
  }

  @Override
  public long inputSize() {
    return RKLLMInput.sizeof();
  }

  @Override
  public void multimodal(
      MemorySegment input,
      MultimodalPrompt prompt,
      ModelConfig config,
      SegmentAllocator allocator) {
    if (prompt.videos() != null || prompt.audio() != null) {
      throw new IllegalArgumentException("ABI 1.2 has neither video nor audio input");
    }
    MemorySegment member = RKLLMInput.multimodal_input(input);
    RKLLMMultiModalInput.prompt(member, allocator.allocateFrom(prompt.text()));
    Images images = prompt.images();
    if (images != null) {
      RKLLMMultiModalInput.image_embed(member, NativeMemory.open(images.embeddings()));
      RKLLMMultiModalInput.n_image_tokens(member, images.tokensPerImage());
      RKLLMMultiModalInput.n_image(member, images.count());
      RKLLMMultiModalInput.image_width(member, images.width());
      RKLLMMultiModalInput.image_height(member, images.height());
    }
  }

  @Override
  public MemorySegment inferParam(
      RunRequest request, MemorySegment loaded, SegmentAllocator allocator) {
    MemorySegment param = RKLLMInferParam.allocate(allocator);
    RKLLMInferParam.mode(param, CommonRunParams.mode(request.mode()));
    RKLLMInferParam.lora_params(param, CommonRunParams.lora(request.loraAdapter(), allocator));
    RKLLMInferParam.prompt_cache_params(
        param, CommonRunParams.promptCache(request.promptCacheFile(), allocator));
    RKLLMInferParam.keep_history(param, request.keepHistory() ? 1 : 0);
    return param;
  }

  /** Returns the only value that this ABI defines besides pausing. */
  @Override
  public int outputRead() {
    return 0;
  }
}
