package io.rkllm.input;

/**
 * Turns text into token ids, for a model that has no tokenizer of its own: {@code
 * LLMTokenizerCallback}. Called on a native thread during a run; must not call the model. What it
 * throws fails the run.
 */
@FunctionalInterface
public interface Tokenizer {
  /** The ids of this text, templates and control tokens included; none negative. */
  int[] encode(String text);
}
