package io.rkllm.stream;

import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of the events of one task, such as the tokens of a generation. It is written
 * by one thread at a time, without a lock, and read by any number of cursors. Because the model's
 * context limits the size of the log, all events are kept: a slow reader blocks nothing, and a late
 * one misses nothing.
 *
 * <p>A reader that has read everything parks and is woken by the next event or the end. No wake-up
 * is lost, because the writer publishes an event before it looks for parked readers, and a reader
 * parks before it looks for events again. The writer performs at most one wake-up per event: it
 * wakes a single reader itself, and submits a task to {@code waker} if there are several. That one
 * task covers all events appended before it starts.
 *
 * @param <E> the type of the events
 */
public final class EventLog<E> {
  private final Executor waker;
  private final AtomicReference<@Nullable Reader> parked = new AtomicReference<>();
  private final AtomicBoolean wakerIsIdle = new AtomicBoolean(true);

  private volatile @Nullable Object[] events = new Object[32];
  private volatile int size;
  private volatile boolean ended;
  private @Nullable Throwable failure; // written before ended and read after it

  /** A reader that parks at the end of the log. */
  public abstract static class Reader {
    private @Nullable Reader next;
    private volatile boolean isParked;

    /** Creates a reader that is not parked. */
    protected Reader() {}

    /**
     * Called when there are new events or the log has ended; spurious calls are possible. Must not
     * block.
     */
    protected abstract void wake();
  }

  /**
   * Creates an empty log.
   *
   * @param waker wakes readers if there are several; must not run tasks on the calling thread
   */
  public EventLog(Executor waker) {
    this.waker = waker;
  }

  /** Appends an event and wakes the waiting readers. Called by the writer, before {@link #end}. */
  public void append(E event) {
    int index = size;
    @Nullable Object[] array = events;
    if (index == array.length) {
      array = Arrays.copyOf(array, index * 2);
      events = array;
    }
    array[index] = event;
    size = index + 1;
    wakeReaders();
  }

  /**
   * Ends the log and wakes the waiting readers. Has no effect if called again with the same
   * argument.
   *
   * @param failure the failure, or null if the log ended normally
   */
  public void end(@Nullable Throwable failure) {
    this.failure = failure;
    ended = true;
    wakeReaders();
  }

  /** Returns the current number of events. */
  public int size() {
    return size;
  }

  /** Returns the array that contains the first {@link #size} events. */
  @Nullable Object[] events() {
    return events;
  }

  /** Returns the event at an index, which must be less than {@link #size}. */
  @SuppressWarnings({"unchecked", "NullAway"}) // the element was stored by append()
  public E get(int index) {
    return (E) events[index];
  }

  /**
   * Returns whether the log has ended. Call this before {@link #size} to be sure to see all events.
   */
  public boolean ended() {
    return ended;
  }

  /**
   * Returns the failure that ended the log, or null if it ended normally. Valid once {@link #ended}
   * returns true.
   */
  public @Nullable Throwable failure() {
    return failure;
  }

  /**
   * Parks a reader, which is woken when there are more than {@code seen} events or the log has
   * ended.
   *
   * @return false if this is already the case, so that the reader must not wait
   */
  public boolean park(Reader reader, int seen) {
    if (size != seen || ended) {
      return false; // without parking, so that the next event finds no stale reader
    }
    push(reader);
    return size == seen && !ended; // if false, the reader stays parked and gets a spurious wake-up
  }

  /**
   * Parks a reader until the next event or the end, even if there are unread events, for a reader
   * that was unable to read them.
   *
   * @return false if the log has ended, so that no further event would wake the reader
   */
  boolean parkForNext(Reader reader) {
    push(reader);
    return !ended;
  }

  private void push(Reader reader) {
    if (!reader.isParked) {
      reader.isParked = true;
      do {
        reader.next = parked.get();
      } while (!parked.compareAndSet(reader.next, reader));
    }
  }

  private void wakeReaders() {
    Reader first = parked.get();
    if (first == null) {
      return;
    }
    if (first.next == null && parked.compareAndSet(first, null)) {
      wakeAll(first); // one reader, unless it has just parked again behind another
    } else if (wakerIsIdle.compareAndSet(true, false)) {
      try {
        waker.execute(this::wakeParked);
      } catch (Throwable _) {
        wakeParked(); // no thread can be created: wake them here, at the cost of time
      }
    }
  }

  /**
   * Wakes all parked readers. A reader that parks after the list was taken needs no wake-up from
   * here: the next event finds the waker idle.
   */
  private void wakeParked() {
    wakerIsIdle.set(true);
    Reader first = parked.getAndSet(null);
    if (first != null) {
      wakeAll(first);
    }
  }

  /**
   * Wakes all readers of a list, even if one of them throws: an {@code Error} if no thread can be
   * created for it, or the exception of the scheduler of virtual threads.
   */
  private static void wakeAll(Reader first) {
    Throwable failure = null;
    for (Reader reader = first; reader != null; ) {
      Reader next = reader.next; // a woken reader may park again immediately
      try {
        wake(reader);
      } catch (Throwable thrown) {
        failure = thrown;
      }
      reader = next;
    }
    if (failure instanceof Error error) {
      throw error;
    } else if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private static void wake(Reader reader) {
    reader.next = null;
    reader.isParked = false;
    reader.wake();
  }
}
