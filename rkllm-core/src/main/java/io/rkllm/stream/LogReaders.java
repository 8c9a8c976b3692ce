package io.rkllm.stream;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The readers of a log, with what they need to know about its writer. When the last reader leaves
 * before the end, {@link #lastReaderLeft} is called.
 *
 * @param <E> the type of the events
 */
public abstract class LogReaders<E> {
  private static final long HAND_OVER_TIMEOUT_NANOS = 10_000_000_000L;
  static final long RETRY_NANOS = 10_000_000;

  private final EventLog<E> log;
  private final AtomicInteger readers = new AtomicInteger(); // including waiters for the result

  /** Creates the readers of a log. */
  protected LogReaders(EventLog<E> log) {
    this.log = log;
  }

  /** Returns the log. */
  protected final EventLog<E> log() {
    return log;
  }

  /** Returns the executor that runs subscribers. */
  protected abstract Executor executor();

  /** Called when the last reader has left. Must not block. Must have no effect after the end. */
  protected abstract void lastReaderLeft();

  /**
   * Checks that the calling thread is not one on which waiting or running user code would block the
   * writer.
   *
   * @param what the rejected operation, for the message
   * @throws IllegalStateException if it is
   */
  protected abstract void refuseOwnThread(String what);

  /**
   * Called when the executor has rejected a subscriber, which is notified separately. Must not
   * block.
   */
  protected abstract void executorFailed(Throwable thrown);

  /**
   * Returns the exception that an interrupted reader throws after it was detached. Restores the
   * interrupt status.
   */
  protected abstract RuntimeException interrupted(InterruptedException cause);

  /**
   * Returns a publisher of the log with backpressure. Each subscriber receives all events from the
   * first one on.
   */
  protected final Flow.Publisher<E> publisher() {
    return this::subscribe;
  }

  /**
   * Calls {@code onSubscribe} on the calling thread; all further signals are sent on the executor.
   */
  protected final void subscribe(Flow.Subscriber<? super E> subscriber) {
    if (subscriber == null) {
      throw new NullPointerException(
          "subscriber must not be null"); // NullPointerException is required by Reactive Streams
    }
    new LogSubscription<>(this, subscriber).start();
  }

  /**
   * Runs a reader's code on the executor after the log has ended, or on a virtual thread if the
   * executor rejects it. No later event would wake the reader. If the heap is full or no thread can
   * be created, the calling thread therefore tries again, and after ten seconds runs the code
   * itself.
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
    refuseOwnThread("the code of a reader (use an executor that has its own threads)");
    code.run();
  }

  /** Registers a reader. */
  protected final void readerAttached() {
    readers.incrementAndGet();
  }

  /** Unregisters a reader. */
  protected final void readerDetached() {
    if (readers.decrementAndGet() == 0) {
      lastReaderLeft();
    }
  }
}
