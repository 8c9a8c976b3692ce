package io.rkllm.stream;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A read position in a log. The cursor accesses the memory that the writer updates as rarely as
 * possible, because two processors that access the same memory for each token slow each other down:
 * it reads all events that it has found before it looks for more. Not thread-safe.
 *
 * @param <E> the type of the events
 */
final class LogCursor<E> {
  /** The largest interval between events that are considered fast: waking a thread takes longer. */
  private static final long FAST_NANOS = 20_000;

  /** The time to wait for more events when they are fast. */
  private static final long MOMENT_NANOS = 10_000;

  private final EventLog<E> log;
  private @Nullable Object[] events = {};
  private int found; // number of events known to be available
  private int next;
  private long foundAt =
      System.nanoTime() - FAST_NANOS; // so that the first event is not considered fast
  private boolean fast;

  LogCursor(EventLog<E> log) {
    this.log = log;
  }

  /** Returns the number of events that were read. */
  int position() {
    return next;
  }

  /** Returns whether an event is available. */
  boolean hasNext() {
    return next < found || look();
  }

  /** Returns the next event. */
  @SuppressWarnings({"unchecked", "NullAway"}) // the element was stored by the log
  E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all events have been read");
    }
    return (E) events[next++];
  }

  /** Returns whether all events were read and no more will follow. */
  boolean atEnd() {
    return log.ended() && !hasNext(); // in this order, so that the last events are not missed
  }

  /**
   * Waits briefly for more events if they are fast, which is cheaper than being woken for each.
   * Does not wait on a board, where a token takes milliseconds.
   *
   * @return whether an event is available
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
