package io.rkllm.input;

/** What goes into a run. Immutable. Stands for {@code RKLLMInput}. */
public sealed interface Input
    permits TextPrompt, RawPrompt, TokenPrompt, EmbeddingPrompt, MultimodalPrompt {}
