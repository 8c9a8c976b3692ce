package io.rkllm;

/**
 * What a generation came to.
 *
 * @param text the whole text; as far as it got when the generation was cancelled
 * @param finishReason why it ended
 * @param stats times and token counts
 */
public record GenerationResult(String text, FinishReason finishReason, GenerationStats stats) {}
