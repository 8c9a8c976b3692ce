package io.rkllm.internal;

import io.rkllm.Token;
import io.rkllm.TokenIterator;

/** A thread's cursor on the tokens of a generation. */
final class TokenCursor extends LogIterator<Token> implements TokenIterator {
  TokenCursor(ModelGeneration generation) {
    super(generation);
  }
}
