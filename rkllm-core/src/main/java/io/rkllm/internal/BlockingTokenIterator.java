package io.rkllm.internal;

import io.rkllm.RkllmException;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import java.util.NoSuchElementException;

/** A thread's cursor on a token log. */
final class BlockingTokenIterator implements TokenIterator {
  private final ModelGeneration generation;
  private int cursor;
  private boolean left;

  BlockingTokenIterator(ModelGeneration generation) {
    this.generation = generation;
    generation.readerCame();
  }

  @Override
  public boolean hasNext() {
    TokenLog log = generation.answer().log();
    while (!left) {
      boolean ended = log.ended();
      if (cursor < log.size()) {
        return true;
      }
      if (ended) {
        if (log.failure() instanceof RkllmException failure) {
          throw failure;
        }
        return false;
      }
      await(log);
    }
    return false;
  }

  @Override
  public Token next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended or this reader has left it");
    }
    return generation.answer().log().get(cursor++);
  }

  @Override
  public void close() {
    if (!left) {
      left = true;
      generation.readerLeft();
    }
  }

  private void await(TokenLog log) {
    generation.answer().worker().refuseOwnThread("a blocking read");
    try {
      new ThreadReader().await(log, cursor);
    } catch (InterruptedException e) {
      close();
      throw generation.interrupted(e);
    }
  }
}
