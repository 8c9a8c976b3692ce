package io.rkllm.tokenizer;

import java.util.function.IntConsumer;

/** One of the two ways in which the tokens of a text are found, and turned back into text. */
interface TextEncoder {
  /** Passes on the tokens of a text that has no control tokens. */
  void encode(String text, IntConsumer tokens);

  /** Returns the bytes that an ordinary token stands for. */
  byte[] decode(int token);
}
