package io.rkllm.internal;

import io.rkllm.RkllmException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A thread's cursor on a log.
 *
 * @param <E> what is logged
 */
public class LogIterator<E> implements Iterator<E>, AutoCloseable {
  private final LogReaders<E> readers;
  private int cursor;
  private boolean left;

  /** A cursor before the first event. */
  public LogIterator(LogReaders<E> readers) {
    this.readers = readers;
    readers.readerCame();
  }

  @Override
  public final boolean hasNext() {
    EventLog<E> log = readers.log();
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
  public final E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended or this reader has left it");
    }
    return readers.log().get(cursor++);
  }

  @Override
  public final void close() {
    if (!left) {
      left = true;
      readers.readerLeft();
    }
  }

  private void await(EventLog<E> log) {
    readers.refuseOwnThread("a blocking read");
    try {
      new ThreadReader().await(log, cursor);
    } catch (InterruptedException e) {
      close();
      throw readers.interrupted(e);
    }
  }
}
