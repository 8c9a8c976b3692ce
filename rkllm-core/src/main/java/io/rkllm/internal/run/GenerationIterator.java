package io.rkllm.internal.run;

import io.rkllm.Token;
import io.rkllm.TokenIterator;
import io.rkllm.stream.LogIterator;
import io.rkllm.stream.LogReaders;

/** An iterator over the tokens of a generation. */
final class GenerationIterator extends LogIterator<Token> implements TokenIterator {
  GenerationIterator(LogReaders<Token> readers) {
    super(readers);
  }
}
