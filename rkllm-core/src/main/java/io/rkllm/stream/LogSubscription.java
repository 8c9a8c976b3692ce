package io.rkllm.stream;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscriber's read position in a log. Demand advances the cursor, so backpressure is exact and
 * nothing is buffered twice.
 *
 * <p>All methods of the subscriber are called by {@link #run}, one at a time, on the executor. The
 * exception is {@code onSubscribe}, which is called by {@link #start} while it holds the cursor.
 * Each request, cancellation, event and end increments {@link #signals}. The thread that increments
 * it from 0 submits the cursor to the executor; the run that decrements it to 0 releases the
 * cursor.
 *
 * @param <E> the type of the events
 */
final class LogSubscription<E> extends EventLog.Reader implements Flow.Subscription, Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

  private final LogReaders<E> readers;
  private final Flow.Subscriber<? super E> subscriber;
  private final AtomicInteger signals = new AtomicInteger(1); // start() holds the cursor first
  private final AtomicLong demand = new AtomicLong();
  private final AtomicBoolean left = new AtomicBoolean();

  /**
   * True if a thread was requested that has not started yet. The first one to start takes the
   * cursor.
   */
  private final AtomicBoolean offered = new AtomicBoolean();

  private final Runnable move =
      this::move; // preallocated, because the heap may be full when it is needed

  /** An invalid request, or the exception of an executor that rejected the cursor. */
  private volatile @Nullable Throwable refusal;

  private final LogCursor<E> cursor; // used only by the thread that holds it

  /** The thread that holds the cursor, if it may wait for events without releasing it. */
  private volatile @Nullable Thread thread;

  LogSubscription(LogReaders<E> readers, Flow.Subscriber<? super E> subscriber) {
    this.readers = readers;
    this.subscriber = subscriber;
    this.cursor = new LogCursor<>(readers.log());
  }

  /** Calls {@code onSubscribe} on the calling thread and then releases the cursor. */
  void start() {
    readers.readerAttached();
    try {
      subscriber.onSubscribe(this);
    } catch (Throwable thrown) {
      leaveAfter(thrown);
    }
    handToExecutor(); // even without demand, because an empty log ends the subscription
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      refusal =
          new IllegalArgumentException("request must be positive (Reactive Streams 3.9), was " + n);
    } else {
      demand.accumulateAndGet(n, LogSubscription::addCapped);
    }
    signal();
  }

  /**
   * Detaches this reader. If it was the last one and the result was never requested, the work is
   * cancelled.
   */
  @Override
  public void cancel() {
    if (left.compareAndSet(false, true)) {
      LockSupport.unpark(thread); // signal() no longer wakes a thread that waits for events
      readers.readerDetached();
    }
  }

  @Override
  protected void wake() {
    signal();
  }

  private void signal() {
    if (left.get()) {
      return;
    }
    if (signals.getAndIncrement() == 0) {
      handToExecutor();
    } else {
      LockSupport.unpark(thread); // in case it waits; harmless if null or terminated
    }
  }

  private void handToExecutor() {
    offered.set(true);
    try {
      try {
        readers.executor().execute(this);
      } catch (OutOfMemoryError full) {
        throw full;
      } catch (Throwable thrown) {
        if (!left.get()) {
          refusal = thrown; // reported to this reader
          readers.executorFailed(thrown);
          ReaderThreads.VIRTUAL.execute(this);
        }
      }
    } catch (OutOfMemoryError full) {
      handOverLater();
    }
  }

  /**
   * Called when no thread can be created at the moment. Tries again at the next event and at the
   * end. The cursor is held until this reader is parked, so that no other thread parks it in the
   * meantime.
   */
  private void handOverLater() {
    if (!offered.compareAndSet(true, false)) {
      return; // the executor threw but runs the task nevertheless
    }
    EventLog<E> log = readers.log();
    while (!log.ended()) {
      int seen = signals.get();
      if (log.parkForNext(this) && signals.addAndGet(-seen) == 0) {
        return;
      }
    }
    offered.set(true);
    readers.runAtEnd(move);
  }

  @Override
  public void run() {
    readers.refuseOwnThread("a subscriber (use an executor that has its own threads)");
    move();
  }

  /** Advances the cursor as far as events and demand allow. */
  private void move() {
    if (!offered.compareAndSet(true, false)) {
      return; // an executor that threw may run the task twice
    }
    if (readers.executor() == ReaderThreads.VIRTUAL) {
      thread = Thread.currentThread();
    }
    int seen = signals.get();
    do {
      try {
        deliver();
      } catch (Throwable thrown) {
        leaveAfter(thrown);
      }
      seen = signals.addAndGet(-seen);
    } while (seen != 0);
  }

  private void deliver() {
    EventLog<E> log = readers.log();
    while (!left.get()) {
      Throwable refused = refusal;
      if (refused != null) {
        cancel();
        subscriber.onError(refused);
      } else if (cursor.hasNext()) {
        if (demand.get() == 0) {
          return; // a request signals
        }
        demand.decrementAndGet();
        subscriber.onNext(cursor.next());
      } else if (cursor.atEnd()) {
        finish(log.failure());
      } else if (!cursor.awaitMoreBriefly() && log.park(this, cursor.position())) {
        if (thread == null) {
          return; // the log signals
        }
        LockSupport.park(log);
        Thread.interrupted(); // clears an interrupt set by the subscriber, which would prevent
        // parking
      }
    }
  }

  private void finish(@Nullable Throwable failure) {
    left.set(true);
    if (failure == null) {
      subscriber.onComplete();
    } else {
      subscriber.onError(failure);
    }
  }

  /**
   * Handles an exception of the subscriber, which it must not throw: detaches the subscriber and
   * calls its {@code onError}.
   */
  private void leaveAfter(Throwable thrown) {
    boolean wasAttached = !left.get();
    try {
      cancel();
    } catch (Throwable again) {
      Thrown.warn(LOG, "A generation could not be canceled after its last reader had left", again);
    }
    if (wasAttached) {
      try {
        subscriber.onError(thrown);
      } catch (Throwable again) {
        Thrown.warn(LOG, "The subscriber threw again, from onError", again);
      }
    }
    Thrown.warn(LOG, "A subscriber threw; it is detached from its generation", thrown);
  }

  private static long addCapped(long demand, long n) {
    long sum = demand + n;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
