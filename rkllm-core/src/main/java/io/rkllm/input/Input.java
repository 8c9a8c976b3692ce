package io.rkllm.input;

/** What goes into a generation. Immutable. Stands for {@code RKLLMInput}. */
public sealed interface Input permits TextPrompt {}
