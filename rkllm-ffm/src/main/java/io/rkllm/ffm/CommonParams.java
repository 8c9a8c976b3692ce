package io.rkllm.ffm;

import io.rkllm.Sampling;
import io.rkllm.ffm.gen.v1_2.RKLLMExtendParam;
import io.rkllm.ffm.gen.v1_2.RKLLMParam;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * The parts of a model's parameters that have the same layout in all ABIs: the beginning of {@code
 * RKLLMParam}, from {@code model_path} to {@code skip_special_token}, and {@code RKLLMExtendParam},
 * although at different offsets. The classes generated for one ABI are used for all; a test checks
 * that they are equal. Stateless; all memory is allocated by the caller.
 */
final class CommonParams {
  private CommonParams() {}

  /** Reads the relevant fields. */
  static LoadParam read(MemorySegment param, MemorySegment extend) {
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

  /**
   * Writes the values that the configuration sets and leaves the others unchanged, except for the
   * token limit: the runtime's default is unlimited, and generation would continue beyond the end
   * of the context.
   *
   * @param allocator its memory must remain valid for the lifetime of the model
   */
  static void write(
      MemorySegment param, MemorySegment extend, ModelConfig config, SegmentAllocator allocator) {
    RKLLMParam.model_path(param, CPath.of(config.path(), allocator));
    if (config.contextLength() != null) {
      RKLLMParam.max_context_len(param, config.contextLength());
    }
    int context = RKLLMParam.max_context_len(param);
    if (config.maxNewTokens() != null) {
      RKLLMParam.max_new_tokens(param, config.maxNewTokens());
    } else if (context > 0) {
      RKLLMParam.max_new_tokens(param, context);
    }
    if (config.keepTokens() != null) {
      RKLLMParam.n_keep(param, config.keepTokens());
    }
    if (config.skipSpecialTokens() != null) {
      RKLLMParam.skip_special_token(param, config.skipSpecialTokens());
    }
    sampling(param, config.sampling());
    extend(extend, config);
  }

  private static void sampling(MemorySegment param, Sampling sampling) {
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

  private static void extend(MemorySegment extend, ModelConfig config) {
    RKLLMExtendParam.base_domain_id(extend, config.baseDomain());
    RKLLMExtendParam.n_batch(extend, (byte) config.batchSize()); // a uint8_t
    RKLLMExtendParam.use_cross_attn(extend, (byte) (config.crossAttention() ? 1 : 0));
    if (config.embeddingsFromFlash() != null) {
      RKLLMExtendParam.embed_flash(extend, (byte) (config.embeddingsFromFlash() ? 1 : 0));
    }
    CpuAffinity cpus = config.cpus();
    if (cpus != null) {
      RKLLMExtendParam.enabled_cpus_num(extend, (byte) cpus.count());
      RKLLMExtendParam.enabled_cpus_mask(extend, cpus.mask());
    }
  }
}
