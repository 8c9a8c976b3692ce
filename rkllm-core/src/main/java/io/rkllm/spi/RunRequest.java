package io.rkllm.spi;

import io.rkllm.Sampling;
import io.rkllm.input.Input;
import org.jspecify.annotations.Nullable;

/**
 * One run: {@code RKLLMInput} and {@code RKLLMInferParam}.
 *
 * @param input what goes in
 * @param keepHistory whether the run continues what is in the KV cache ({@code keep_history} 1) or
 *     stands alone
 * @param sampling sampling of this run, or null for the model's; given only if the runtime supports
 *     it
 * @param maxNewTokens token limit of this run, or null for the model's; given only if the runtime
 *     supports it
 */
public record RunRequest(
    Input input,
    boolean keepHistory,
    @Nullable Sampling sampling,
    @Nullable Integer maxNewTokens) {}
