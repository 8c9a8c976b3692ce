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
  private final LogCursor<E> cursor;
  private final ThreadReader thread = new ThreadReader();
  private boolean left;

  /** A cursor before the first event. */
  public LogIterator(LogReaders<E> readers) {
    this.readers = readers;
    this.cursor = new LogCursor<>(readers.log());
    readers.readerCame();
  }

  @Override
  public final boolean hasNext() {
    while (!left) {
      if (cursor.hasNext()) {
        return true;
      }
      if (cursor.atEnd()) {
        if (readers.log().failure() instanceof RkllmException failure) {
          throw failure;
        }
        return false;
      }
      if (!cursor.moreComeSoon()) {
        await(readers.log());
      }
    }
    return false;
  }

  @Override
  public final E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended or this reader has left it");
    }
    return cursor.next();
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
    if (!Thread.currentThread().isInterrupted()) {
      thread.await(log, cursor.position());
    }
    if (Thread.interrupted()) {
      close();
      throw readers.interrupted(new InterruptedException());
    }
  }
}
