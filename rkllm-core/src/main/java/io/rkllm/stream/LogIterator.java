package io.rkllm.stream;

import io.rkllm.RkllmException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * An iterator over a log, which blocks its thread until the next event is available.
 *
 * @param <E> the type of the events
 */
public class LogIterator<E> implements Iterator<E>, AutoCloseable {
  private static final Duration LONG_TIME = Duration.ofDays(365);

  private final LogReaders<E> readers;
  private final LogCursor<E> cursor;
  private final ThreadReader thread = new ThreadReader();
  private boolean left;

  /** Creates an iterator before the first event. */
  public LogIterator(LogReaders<E> readers) {
    this.readers = readers;
    this.cursor = new LogCursor<>(readers.log());
    readers.readerAttached();
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
      if (!cursor.awaitMoreBriefly()) {
        await(() -> thread.await(readers.log(), cursor.position()));
      }
    }
    return false;
  }

  /**
   * Waits until {@link #hasNext} would not block, but at most for the given time. Returns whether
   * it would not block.
   */
  public final boolean await(Duration timeout) {
    long deadline = System.nanoTime() + nanos(timeout);
    while (!left && !cursor.hasNext() && !cursor.atEnd()) {
      long rest = deadline - System.nanoTime();
      if (rest <= 0) {
        return false;
      }
      await(() -> thread.await(readers.log(), cursor.position(), rest));
    }
    return true;
  }

  private static long nanos(Duration timeout) {
    return timeout.compareTo(LONG_TIME) > 0 ? LONG_TIME.toNanos() : timeout.toNanos();
  }

  @Override
  public final E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended, or this iterator was closed");
    }
    return cursor.next();
  }

  @Override
  public final void close() {
    if (!left) {
      left = true;
      readers.readerDetached();
    }
  }

  private void await(Runnable park) {
    readers.refuseOwnThread("a blocking read");
    if (!Thread.currentThread().isInterrupted()) {
      park.run();
    }
    if (Thread.interrupted()) {
      close();
      throw readers.interrupted(new InterruptedException());
    }
  }
}
