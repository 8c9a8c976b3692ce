package io.rkllm.ffm;

import io.rkllm.Sampling;
import io.rkllm.ffm.gen.v1_2.RKLLMExtendParam;
import io.rkllm.ffm.gen.v1_2.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_2.RKLLMInput;
import io.rkllm.ffm.gen.v1_2.RKLLMParam;
import io.rkllm.ffm.gen.v1_2.rkllm_createDefaultParam_fn;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;

/** The ABI of releases 1.2.1 to 1.2.3. Sampling and the token limit belong to the model. */
final class Abi12 implements Abi {
  static final Abi12 INSTANCE = new Abi12();

  private Abi12() {}

  @Override
  public String name() {
    return "1.2";
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of();
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

  /** The function pointer itself. */
  @Override
  public MemorySegment callback(MemorySegment stub, SegmentAllocator allocator) {
    return stub;
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
    return param;
  }
}
