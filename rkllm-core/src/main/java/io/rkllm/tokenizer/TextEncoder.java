package io.rkllm.tokenizer;

import java.util.function.IntConsumer;

/** Finds the tokens of a text and converts tokens back to text. */
interface TextEncoder {
  /** Passes on the tokens of a text without control tokens. */
  void encode(String text, IntConsumer tokens);

  /** Returns the bytes that a token represents; a control token represents its own text. */
  byte[] decode(int token);
}
