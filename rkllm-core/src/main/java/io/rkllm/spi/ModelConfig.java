package io.rkllm.spi;

import io.rkllm.Sampling;
import io.rkllm.runtime.CpuAffinity;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a model is loaded with: {@code RKLLMParam}. Null means: keep what {@code
 * rkllm_createDefaultParam} gives. All values have been checked.
 *
 * @param path the model file, absolute
 * @param contextLength {@code max_context_len}, in tokens
 * @param maxNewTokens {@code max_new_tokens}; −1: until the end of the sequence or the context
 * @param sampling the sampling fields
 * @param cpus {@code enabled_cpus_mask} and {@code enabled_cpus_num}
 */
public record ModelConfig(
    Path path,
    @Nullable Integer contextLength,
    @Nullable Integer maxNewTokens,
    Sampling sampling,
    @Nullable CpuAffinity cpus) {}
