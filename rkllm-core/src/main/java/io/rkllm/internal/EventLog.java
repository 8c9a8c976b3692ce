package io.rkllm.internal;

import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What comes of one generation, such as its tokens: written by one thread at a time, without a
 * lock, read by any number of cursors. It only grows, and no further than the context lets it, so a
 * slow reader holds nobody up and a late one misses nothing.
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

  /** Someone who reads the log and parks at its end. */
  public abstract static class Reader {
    private @Nullable Reader next;
    private volatile boolean isParked;

    /** There is something new, or the log has ended. May come without cause. Must not block. */
    protected abstract void wake();
  }

  /**
   * {@code waker} wakes readers where there are several; it must not run them on the calling
   * thread.
   */
  public EventLog(Executor waker) {
    this.waker = waker;
  }

  /** Adds an event and wakes who waits for it. Called by the writer only, before {@link #end}. */
  public void append(E event) {
    int index = size;
    @Nullable Object[] room = events;
    if (index == room.length) {
      room = Arrays.copyOf(room, index * 2);
      events = room;
    }
    room[index] = event;
    size = index + 1;
    wakeReaders();
  }

  /**
   * Ends the log, with a failure or without, and wakes who waits. Harmless when called again with
   * the same.
   */
  public void end(@Nullable Throwable failure) {
    this.failure = failure;
    ended = true;
    wakeReaders();
  }

  /** How many events there are now. */
  public int size() {
    return size;
  }

  /** Where the events are that {@link #size} told of before. */
  @Nullable Object[] events() {
    return events;
  }

  /** The event at an index below {@link #size}. */
  @SuppressWarnings({"unchecked", "NullAway"}) // append() put it there
  public E get(int index) {
    return (E) events[index];
  }

  /**
   * Whether nothing more will come. Ask before {@link #size}: what was written before the end is
   * then seen.
   */
  public boolean ended() {
    return ended;
  }

  /** Why the log ended, or null for a good end. Meaningful once {@link #ended} is true. */
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

  /** Wakes all, also after one that throws; they throw nothing but errors. */
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
