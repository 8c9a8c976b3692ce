package io.rkllm.ffm;

import io.rkllm.Sampling;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.ffm.gen.v1_3.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_3.RKLLMInput;
import io.rkllm.ffm.gen.v1_3.RKLLMMultiModalInput;
import io.rkllm.ffm.gen.v1_3.RKLLMParam;
import io.rkllm.ffm.gen.v1_3.RKLLMSamplingParam;
import io.rkllm.ffm.gen.v1_3.rkllm_createDefaultParam_fn;
import io.rkllm.input.Audio;
import io.rkllm.input.Images;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.Videos;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ABIs of releases from 1.3.0 on. Sampling parameters, the token limit and the tags for media
 * are set per run.
 *
 * <p>The structs of 1.3.1 equal those of 1.3.0, except that {@code RKLLMMultiModalInput} ends with
 * an audio member, which makes each input larger. Both are therefore accessed through the classes
 * generated for 1.3.1.
 */
final class Abi13 implements Abi {
  /** {@code sizeof(RKLLMInput)} in release 1.3.0. */
  private static final long INPUT_WITHOUT_AUDIO = 160;

  /** Release 1.3.0. */
  static final Abi13 V1_3_0 =
      new Abi13("1.3", INPUT_WITHOUT_AUDIO, EnumSet.complementOf(EnumSet.of(Capability.AUDIO)));

  /** Release 1.3.1. */
  static final Abi13 V1_3_1 =
      new Abi13("1.3.1", RKLLMInput.sizeof(), EnumSet.allOf(Capability.class));

  private final String name;
  private final long inputSize;
  private final Set<Capability> capabilities;

  private Abi13(String name, long inputSize, Set<Capability> capabilities) {
    this.name = name;
    this.inputSize = inputSize;
    this.capabilities = Set.copyOf(capabilities);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Set<Capability> capabilities() {
    return capabilities;
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
    if (config.ignoreEndOfSequence() != null) {
      RKLLMParam.ignore_eos_token(param, config.ignoreEndOfSequence());
    }
  }

  /** Returns a struct of callbacks, in which unused ones are NULL. */
  @Override
  public MemorySegment callback(Stubs stubs, SegmentAllocator allocator) {
    MemorySegment callback = RKLLMCallback.allocate(allocator);
    RKLLMCallback.result_callback(callback, stubs.result());
    RKLLMCallback.tokenizer_callback(callback, stubs.tokenizer());
    RKLLMCallback.embed_callback(callback, stubs.embed());
    return callback;
  }

  @Override
  public long inputSize() {
    return inputSize;
  }

  @Override
  public void multimodal(
      MemorySegment input,
      MultimodalPrompt prompt,
      ModelConfig config,
      SegmentAllocator allocator) {
    if (prompt.audio() != null && !capabilities.contains(Capability.AUDIO)) {
      throw new IllegalArgumentException("ABI " + name + " has no audio input");
    }
    MemorySegment member = multimodalMember(input);
    RKLLMMultiModalInput.prompt(member, allocator.allocateFrom(prompt.text()));
    if (prompt.images() != null) {
      MemorySegment image = RKLLMMultiModalInput.image(member);
      image(image, prompt.images(), config.imageTags(), allocator);
    }
    if (prompt.videos() != null) {
      MemorySegment video = RKLLMMultiModalInput.video(member);
      video(video, prompt.videos(), config.videoTags(), allocator);
    }
    if (prompt.audio() != null) {
      MemorySegment audio = RKLLMMultiModalInput.audio(member);
      audio(audio, prompt.audio(), config.audioTags(), allocator);
    }
  }

  /**
   * Returns the member with the size that it has in this release. The generated accessor assumes
   * that of 1.3.1.
   */
  private static MemorySegment multimodalMember(MemorySegment input) {
    return input.asSlice(RKLLMInput.multimodal_input$offset());
  }

  private static void image(
      MemorySegment image, Images images, @Nullable MediaTags tags, SegmentAllocator allocator) {
    RKLLMMultiModalInput.image.image_embed(image, NativeMemory.open(images.embeddings()));
    RKLLMMultiModalInput.image.n_image_tokens(image, images.tokensPerImage());
    RKLLMMultiModalInput.image.n_image(image, images.count());
    RKLLMMultiModalInput.image.image_width(image, images.width());
    RKLLMMultiModalInput.image.image_height(image, images.height());
    if (tags != null) {
      RKLLMMultiModalInput.image.image_start(image, allocator.allocateFrom(tags.start()));
      RKLLMMultiModalInput.image.image_end(image, allocator.allocateFrom(tags.end()));
      RKLLMMultiModalInput.image.image_content(image, allocator.allocateFrom(tags.content()));
    }
  }

  private static void video(
      MemorySegment video, Videos videos, @Nullable MediaTags tags, SegmentAllocator allocator) {
    RKLLMMultiModalInput.video.video_embed(video, NativeMemory.open(videos.embeddings()));
    RKLLMMultiModalInput.video.n_frame_tokens(video, videos.tokensPerFrame());
    RKLLMMultiModalInput.video.n_frame_per_video(video, videos.framesPerVideo());
    RKLLMMultiModalInput.video.n_video(video, videos.count());
    RKLLMMultiModalInput.video.frame_width(video, videos.width());
    RKLLMMultiModalInput.video.frame_height(video, videos.height());
    if (tags != null) {
      RKLLMMultiModalInput.video.video_start(video, allocator.allocateFrom(tags.start()));
      RKLLMMultiModalInput.video.video_end(video, allocator.allocateFrom(tags.end()));
      RKLLMMultiModalInput.video.video_content(video, allocator.allocateFrom(tags.content()));
    }
  }

  private static void audio(
      MemorySegment audio, Audio clips, @Nullable MediaTags tags, SegmentAllocator allocator) {
    RKLLMMultiModalInput.audio.audio_embed(audio, NativeMemory.open(clips.embeddings()));
    RKLLMMultiModalInput.audio.n_audio_tokens(audio, clips.tokensPerClip());
    RKLLMMultiModalInput.audio.n_audio(audio, clips.count());
    if (tags != null) {
      RKLLMMultiModalInput.audio.audio_start(audio, allocator.allocateFrom(tags.start()));
      RKLLMMultiModalInput.audio.audio_end(audio, allocator.allocateFrom(tags.end()));
      RKLLMMultiModalInput.audio.audio_content(audio, allocator.allocateFrom(tags.content()));
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
    if (request.maxNewTokens() != null) {
      RKLLMInferParam.max_new_tokens(param, request.maxNewTokens());
    }
    if (request.sampling() != null) {
      RKLLMInferParam.sampling_params(param, sampling(request.sampling(), loaded, allocator));
    }
    return param;
  }

  /**
   * Returns the sampling parameters of a run. The runtime reads either all fields or none, so those
   * that the request does not set are copied from the model.
   */
  private static MemorySegment sampling(
      Sampling sampling, MemorySegment loaded, SegmentAllocator allocator) {
    MemorySegment param = RKLLMSamplingParam.allocate(allocator);
    RKLLMSamplingParam.top_k(param, or(sampling.topK(), RKLLMParam.top_k(loaded)));
    RKLLMSamplingParam.top_p(param, or(sampling.topP(), RKLLMParam.top_p(loaded)));
    RKLLMSamplingParam.temperature(
        param, or(sampling.temperature(), RKLLMParam.temperature(loaded)));
    RKLLMSamplingParam.repeat_penalty(
        param, or(sampling.repeatPenalty(), RKLLMParam.repeat_penalty(loaded)));
    RKLLMSamplingParam.frequency_penalty(
        param, or(sampling.frequencyPenalty(), RKLLMParam.frequency_penalty(loaded)));
    RKLLMSamplingParam.presence_penalty(
        param, or(sampling.presencePenalty(), RKLLMParam.presence_penalty(loaded)));
    RKLLMSamplingParam.mirostat(param, or(sampling.mirostat(), RKLLMParam.mirostat(loaded)));
    RKLLMSamplingParam.mirostat_tau(
        param, or(sampling.mirostatTau(), RKLLMParam.mirostat_tau(loaded)));
    RKLLMSamplingParam.mirostat_eta(
        param, or(sampling.mirostatEta(), RKLLMParam.mirostat_eta(loaded)));
    return param;
  }

  private static int or(@Nullable Integer value, int otherwise) {
    return value != null ? value : otherwise;
  }

  private static float or(@Nullable Float value, float otherwise) {
    return value != null ? value : otherwise;
  }

  /** Allows the runtime to free its output buffer immediately. */
  @Override
  public int outputRead() {
    return 2;
  }
}
