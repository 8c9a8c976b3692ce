package io.rkllm.stream;

import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The events of one piece of work, such as the tokens of a generation: written by one thread at a
 * time, without a lock, and read by any number of cursors. A log only grows, and no further than
 * the model's context lets it, so a slow reader holds nobody up and a late one misses nothing.
 *
 * <p>A reader that has seen everything parks itself and is woken by the next event or the end. The
 * order on both sides makes sure that no wake-up is lost: the writer publishes and then looks for
 * parked readers, a reader parks and then looks for events. The writer makes at most one wake-up an
 * event: a single reader it wakes itself, several it leaves to {@code waker}, once for all events
 * that come until that has begun.
 *
 * @param <E> what is logged
 */
public final class EventLog<E> {
  private final Executor waker;
  private final AtomicReference<@Nullable Reader> parked = new AtomicReference<>();
  private final AtomicBoolean wakerIsIdle = new AtomicBoolean(true);

  private volatile @Nullable Object[] events = new Object[32];
  private volatile int size;
  private volatile boolean ended;
  private @Nullable Throwable failure; // written before ended, read after it

  /** A reader that parks at the end of the log. */
  public abstract static class Reader {
    private @Nullable Reader next;
    private volatile boolean isParked;

    /** A reader that is not parked. */
    protected Reader() {}

    /**
     * Called when there is something new or the log has ended, or without cause. Must not block.
     */
    protected abstract void wake();
  }

  /**
   * Creates an empty log.
   *
   * @param waker wakes readers where there are several; must not run them on the calling thread
   */
  public EventLog(Executor waker) {
    this.waker = waker;
  }

  /** Adds an event and wakes the readers that wait. Called by the writer, before {@link #end}. */
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
   * Ends the log, with a failure or without, and wakes the readers that wait. Harmless when called
   * again with the same.
   */
  public void end(@Nullable Throwable failure) {
    this.failure = failure;
    ended = true;
    wakeReaders();
  }

  /** Returns how many events there are now. */
  public int size() {
    return size;
  }

  /** Returns where the events are that {@link #size} has counted. */
  @Nullable Object[] events() {
    return events;
  }

  /** Returns the event at an index below {@link #size}. */
  @SuppressWarnings({"unchecked", "NullAway"}) // append() put it there
  public E get(int index) {
    return (E) events[index];
  }

  /**
   * Returns whether nothing more will come. Ask before {@link #size}: what was written before the
   * end is then seen.
   */
  public boolean ended() {
    return ended;
  }

  /** Returns why the log ended, or null for a good end. Meaningful once {@link #ended} is true. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /**
   * Asks to be woken when there is more than {@code seen} events, or the end.
   *
   * @return false if that is so already: do not wait
   */
  public boolean park(Reader reader, int seen) {
    if (size != seen || ended) {
      return false; // without staying behind, where the next event would find one reader too many
    }
    push(reader);
    return size == seen && !ended; // if not: it stays, and is woken once without cause
  }

  /**
   * Asks to be woken by the next event or the end, although there may be something to read already:
   * the reader could not read it.
   *
   * @return false if the log has ended: nothing may wake it any more
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
      wakeAll(first); // which is one, unless it has just parked once more behind another
    } else if (wakerIsIdle.compareAndSet(true, false)) {
      try {
        waker.execute(this::wakeParked);
      } catch (Throwable _) {
        wakeParked(); // no thread can be made: slower, but nobody is forgotten
      }
    }
  }

  /** Who parks after the list was taken, finds the waker idle if there is an event for it. */
  private void wakeParked() {
    wakerIsIdle.set(true);
    Reader first = parked.getAndSet(null);
    if (first != null) {
      wakeAll(first);
    }
  }

  /** Wakes all, also after one that throws; {@code wake} throws only {@code Error}s. */
  private static void wakeAll(Reader first) {
    Error failure = null;
    for (Reader reader = first; reader != null; ) {
      Reader next = reader.next; // a reader that was woken may park again at once
      try {
        wake(reader);
      } catch (Error thrown) {
        failure = thrown; // no thread could be made for it
      }
      reader = next;
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void wake(Reader reader) {
    reader.next = null;
    reader.isParked = false;
    reader.wake();
  }
}
