package io.rkllm.tokenizer;

import java.util.function.IntConsumer;

/** One of the two ways in which the tokens of a text are found, and turned back into text. */
interface TextEncoder {
  /** Passes on the tokens of a text that has no control tokens. */
  void encode(String text, IntConsumer tokens);

  /** Returns the bytes that a token stands for; a control token stands for its own text. */
  byte[] decode(int token);
}
