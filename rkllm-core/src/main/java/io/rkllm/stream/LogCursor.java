package io.rkllm.stream;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A reader's place in a log. It looks at what the writer writes as seldom as it can, since two
 * processors that touch the same memory at each token slow each other down: all that one look finds
 * is read before the next one. Used by one thread at a time.
 *
 * @param <E> what is logged
 */
final class LogCursor<E> {
  /** Events that are found at least this often come faster than a thread is woken. */
  private static final long FAST_NANOS = 20_000;

  /** How long to wait for more of them. */
  private static final long MOMENT_NANOS = 10_000;

  private final EventLog<E> log;
  private @Nullable Object[] events = {};
  private int found; // how many are known to be in events
  private int next;
  private long foundAt = System.nanoTime() - FAST_NANOS; // so that the first find is not fast
  private boolean fast;

  LogCursor(EventLog<E> log) {
    this.log = log;
  }

  /** How many events were read. */
  int position() {
    return next;
  }

  /** Whether there is an event to read now. */
  boolean hasNext() {
    return next < found || look();
  }

  /** The next event. */
  @SuppressWarnings({"unchecked", "NullAway"}) // the log has put it there
  E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all events have been read");
    }
    return (E) events[next++];
  }

  /** Whether all events were read and no more will come. */
  boolean atEnd() {
    return log.ended() && !hasNext(); // in this order: the last events come before the end
  }

  /**
   * Where events come fast, waits a moment for more instead of having the writer wake the reader
   * for each. On a board, where a token takes milliseconds, it does not wait.
   *
   * @return whether there is an event to read now
   */
  boolean awaitMoreBriefly() {
    if (!fast) {
      return false;
    }
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < MOMENT_NANOS) {
      Thread.onSpinWait();
    }
    return look();
  }

  private boolean look() {
    int size = log.size();
    if (size == next) {
      return false;
    }
    found = size;
    events = log.events();
    long now = System.nanoTime();
    fast = now - foundAt < FAST_NANOS;
    foundAt = now;
    return true;
  }
}
