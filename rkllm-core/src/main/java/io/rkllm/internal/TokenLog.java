package io.rkllm.internal;

import io.rkllm.Token;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one generation: written by one thread, without a lock, read by any number of
 * cursors. It only grows, and no further than the context, so a slow reader holds nobody up and a
 * late one misses nothing.
 *
 * <p>A reader that has seen everything parks itself and is woken by the next token or the end. The
 * order on both sides makes sure that no wake-up is lost: the writer publishes and then looks for
 * parked readers, a reader parks and then looks for tokens. The writer makes at most one wake-up a
 * token: a single reader it wakes itself, several it leaves to {@code waker}.
 */
public final class TokenLog {
  private final Executor waker;
  private final AtomicReference<@Nullable Reader> parked = new AtomicReference<>();

  private volatile Token[] tokens = new Token[32];
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
  public TokenLog(Executor waker) {
    this.waker = waker;
  }

  /** Adds a token and wakes who waits for it. Called by the writer only, before {@link #end}. */
  public void append(Token token) {
    int index = size;
    Token[] room = tokens;
    if (index == room.length) {
      room = Arrays.copyOf(room, index * 2);
      tokens = room;
    }
    room[index] = token;
    size = index + 1;
    wakeReaders();
  }

  /** Ends the log, with a failure or without, and wakes who waits. Harmless when called again. */
  public void end(@Nullable Throwable failure) {
    this.failure = failure;
    ended = true;
    wakeReaders();
  }

  /** How many tokens there are now. */
  public int size() {
    return size;
  }

  /** The token at an index below {@link #size}. */
  public Token get(int index) {
    return tokens[index];
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

  /** The text of the first {@code count} tokens. */
  public String text(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(get(i).text());
    }
    return text.toString();
  }

  /**
   * Asks to be woken when there is more than {@code seen} tokens, or the end.
   *
   * @return false if that is so already: do not wait
   */
  public boolean park(Reader reader, int seen) {
    if (!reader.isParked) {
      reader.isParked = true;
      do {
        reader.next = parked.get();
      } while (!parked.compareAndSet(reader.next, reader));
    }
    return size == seen && !ended;
  }

  private void wakeReaders() {
    if (parked.get() == null) {
      return;
    }
    Reader first = parked.getAndSet(null);
    if (first == null) {
      return;
    }
    if (first.next == null) {
      wake(first);
      return;
    }
    try {
      waker.execute(() -> wakeAll(first));
    } catch (Throwable thrown) {
      wakeAll(first); // slower, but nobody is forgotten
      throw thrown;
    }
  }

  /** Wakes all, also after one that throws. */
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
