package io.rkllm.stream;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Those who read a log, and what they must know of the one who writes it. The last of them who
 * leaves before the end tells {@link #lastReaderLeft}.
 *
 * @param <E> what is logged
 */
public abstract class LogReaders<E> {
  private static final long HAND_OVER_TIMEOUT_NANOS = 10_000_000_000L;
  static final long RETRY_NANOS = 10_000_000;

  private final EventLog<E> log;
  private final AtomicInteger readers = new AtomicInteger(); // those who wait for a result included

  /** The readers of a log. */
  protected LogReaders(EventLog<E> log) {
    this.log = log;
  }

  /** The log. */
  protected final EventLog<E> log() {
    return log;
  }

  /** Where subscribers are called. */
  protected abstract Executor executor();

  /** Called when the last reader has left. Must not block. Harmless after the end. */
  protected abstract void lastReaderLeft();

  /**
   * Refuses to let a thread wait or run user code on which nothing could come meanwhile.
   *
   * @throws IllegalStateException if it is one
   */
  protected abstract void refuseOwnThread(String what);

  /**
   * Called when the executor would not run a subscriber, which is notified separately. Must not
   * block.
   */
  protected abstract void executorFailed(Throwable thrown);

  /** What an interrupted reader throws, once it has left. Sets the interrupt again. */
  protected abstract RuntimeException interrupted(InterruptedException cause);

  /** The log from its first event on, with backpressure, for each subscriber. */
  protected final Flow.Publisher<E> publisher() {
    return this::subscribe;
  }

  /** Greets a subscriber on the calling thread; the rest is done on the executor. */
  protected final void subscribe(Flow.Subscriber<? super E> subscriber) {
    if (subscriber == null) {
      throw new NullPointerException(
          "subscriber must not be null"); // the type Reactive Streams asks for
    }
    new LogSubscription<>(this, subscriber).start();
  }

  /**
   * Runs a reader's code once the log has ended, on the executor, or on a virtual thread if that
   * refuses it. Nothing would wake the reader later, so where the heap is full or no thread can be
   * made, the calling thread tries again, and after ten seconds runs the code itself.
   */
  final void runAtEnd(Runnable code) {
    Executor next = executor();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < HAND_OVER_TIMEOUT_NANOS) {
      try {
        next.execute(() -> runOffOwnThread(code));
        return;
      } catch (OutOfMemoryError _) {
        LockSupport.parkNanos(RETRY_NANOS);
      } catch (Throwable refused) {
        next = ReaderThreads.VIRTUAL;
      }
    }
    code.run();
  }

  private void runOffOwnThread(Runnable code) {
    refuseOwnThread("the code of a reader (use an executor with threads of its own)");
    code.run();
  }

  /** One more reader. */
  protected final void readerAttached() {
    readers.incrementAndGet();
  }

  /** One who came has left. */
  protected final void readerDetached() {
    if (readers.decrementAndGet() == 0) {
      lastReaderLeft();
    }
  }
}
