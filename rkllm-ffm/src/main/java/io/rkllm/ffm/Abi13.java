package io.rkllm.ffm;

import io.rkllm.Sampling;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.ffm.gen.v1_3.RKLLMExtendParam;
import io.rkllm.ffm.gen.v1_3.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_3.RKLLMInput;
import io.rkllm.ffm.gen.v1_3.RKLLMParam;
import io.rkllm.ffm.gen.v1_3.RKLLMSamplingParam;
import io.rkllm.ffm.gen.v1_3.rkllm_createDefaultParam_fn;
import io.rkllm.ffm.gen.v1_3.rkllm_h;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ABI of releases from 1.3.0 on. Sampling and the token limit can differ from run to run. */
final class Abi13 implements Abi {
  static final Abi13 INSTANCE = new Abi13();

  private Abi13() {}

  @Override
  public String name() {
    return "1.3";
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(
        Capability.PER_RUN_SAMPLING, Capability.PER_RUN_MAX_NEW_TOKENS, Capability.IGNORE_EOS);
  }

  @Override
  public MemorySegment defaultParam(MemorySegment function, SegmentAllocator allocator) {
    return rkllm_createDefaultParam_fn.invoke(function, allocator);
  }

  @Override
  public LoadParam read(MemorySegment param) {
    MemorySegment extend = RKLLMParam.extend_param(param);
    return new LoadParam(
        RKLLMParam.max_context_len(param),
        RKLLMParam.max_new_tokens(param),
        RKLLMParam.top_k(param),
        RKLLMParam.top_p(param),
        RKLLMParam.temperature(param),
        RKLLMParam.repeat_penalty(param),
        RKLLMExtendParam.enabled_cpus_num(extend),
        RKLLMExtendParam.enabled_cpus_mask(extend),
        Byte.toUnsignedInt(RKLLMExtendParam.n_batch(extend)));
  }

  @Override
  public void configure(MemorySegment param, ModelConfig config, SegmentAllocator allocator) {
    RKLLMParam.model_path(param, CPath.of(config.path(), allocator));
    RKLLMParam.is_async(param, false);
    if (config.contextLength() != null) {
      RKLLMParam.max_context_len(param, config.contextLength());
    }
    if (config.maxNewTokens() != null) {
      RKLLMParam.max_new_tokens(param, config.maxNewTokens());
    }
    CpuAffinity cpus = config.cpus();
    if (cpus != null) {
      MemorySegment extend = RKLLMParam.extend_param(param);
      RKLLMExtendParam.enabled_cpus_num(extend, (byte) cpus.count());
      RKLLMExtendParam.enabled_cpus_mask(extend, cpus.mask());
    }
    configureSampling(param, config.sampling());
  }

  private static void configureSampling(MemorySegment param, Sampling sampling) {
    if (sampling.topK() != null) {
      RKLLMParam.top_k(param, sampling.topK());
    }
    if (sampling.topP() != null) {
      RKLLMParam.top_p(param, sampling.topP());
    }
    if (sampling.temperature() != null) {
      RKLLMParam.temperature(param, sampling.temperature());
    }
    if (sampling.repeatPenalty() != null) {
      RKLLMParam.repeat_penalty(param, sampling.repeatPenalty());
    }
    if (sampling.frequencyPenalty() != null) {
      RKLLMParam.frequency_penalty(param, sampling.frequencyPenalty());
    }
    if (sampling.presencePenalty() != null) {
      RKLLMParam.presence_penalty(param, sampling.presencePenalty());
    }
    if (sampling.mirostat() != null) {
      RKLLMParam.mirostat(param, sampling.mirostat());
    }
    if (sampling.mirostatTau() != null) {
      RKLLMParam.mirostat_tau(param, sampling.mirostatTau());
    }
    if (sampling.mirostatEta() != null) {
      RKLLMParam.mirostat_eta(param, sampling.mirostatEta());
    }
  }

  /** A struct of callbacks, of which only the one for results is set. */
  @Override
  public MemorySegment callback(MemorySegment stub, SegmentAllocator allocator) {
    MemorySegment callback = RKLLMCallback.allocate(allocator).fill((byte) 0);
    RKLLMCallback.result_callback(callback, stub);
    return callback;
  }

  @Override
  public MemorySegment input(RunRequest request, SegmentAllocator allocator) {
    MemorySegment input = RKLLMInput.allocate(allocator).fill((byte) 0);
    switch (request.input()) {
      case TextPrompt prompt -> {
        RKLLMInput.role(input, allocator.allocateFrom(prompt.role().label()));
        RKLLMInput.enable_thinking(input, prompt.thinking());
        RKLLMInput.input_type(input, rkllm_h.RKLLM_INPUT_PROMPT());
        RKLLMInput.prompt_input(input, allocator.allocateFrom(prompt.text()));
      }
    }
    return input;
  }

  @Override
  public MemorySegment inferParam(
      RunRequest request, MemorySegment loaded, SegmentAllocator allocator) {
    MemorySegment param = RKLLMInferParam.allocate(allocator).fill((byte) 0);
    RKLLMInferParam.mode(param, rkllm_h.RKLLM_INFER_GENERATE());
    RKLLMInferParam.keep_history(param, request.keepHistory() ? 1 : 0);
    if (request.maxNewTokens() != null) {
      RKLLMInferParam.max_new_tokens(param, request.maxNewTokens());
    }
    if (request.sampling() != null) {
      RKLLMInferParam.sampling_params(param, sampling(request.sampling(), loaded, allocator));
    }
    return param;
  }

  /** The runtime takes all fields or none: what the request leaves open is the model's. */
  private static MemorySegment sampling(
      Sampling sampling, MemorySegment loaded, SegmentAllocator allocator) {
    MemorySegment param = RKLLMSamplingParam.allocate(allocator).fill((byte) 0);
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
}
