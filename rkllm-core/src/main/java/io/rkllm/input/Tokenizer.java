package io.rkllm.input;

/**
 * Converts text to token ids, for a model without a tokenizer ({@code LLMTokenizerCallback}).
 * Called on a native thread during a run. Must not call the model. If it throws, the run fails.
 */
@FunctionalInterface
public interface Tokenizer {
  /**
   * Returns the token ids of a text, which includes templates and control tokens. No id is
   * negative.
   */
  int[] encode(String text);
}
