package io.rkllm.input;

/** The input of a run ({@code RKLLMInput}). Immutable. */
public sealed interface Input
    permits TextPrompt, RawPrompt, TokenPrompt, EmbeddingPrompt, MultimodalPrompt {}
