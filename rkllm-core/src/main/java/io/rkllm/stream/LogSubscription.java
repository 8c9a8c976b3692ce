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
 * A subscriber's cursor on a log. Demand moves the cursor, so backpressure is exact and nothing is
 * buffered twice.
 *
 * <p>All of the subscriber's methods are called by {@link #run}, one call at a time, on the
 * executor; the one exception is {@code onSubscribe}, which is called by {@link #start} while the
 * cursor is held still. Whoever has news – a request, a cancellation, an event, the end – counts up
 * {@link #signals}; the one who raises it from 0 hands the cursor to the executor, and the run that
 * brings it back to 0 lets go of it.
 *
 * @param <E> what is logged
 */
final class LogSubscription<E> extends EventLog.Reader implements Flow.Subscription, Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

  private final LogReaders<E> readers;
  private final Flow.Subscriber<? super E> subscriber;
  private final AtomicInteger signals = new AtomicInteger(1); // start() has the cursor first
  private final AtomicLong demand = new AtomicLong();
  private final AtomicBoolean left = new AtomicBoolean();

  /** Whether a thread was asked for and has not come yet. The first that comes has the cursor. */
  private final AtomicBoolean offered = new AtomicBoolean();

  private final Runnable move = this::move; // made before it is needed: the heap may be full then

  /** A bad request, or an executor that would not run the cursor. */
  private volatile @Nullable Throwable refusal;

  private final LogCursor<E> cursor; // used by the one who holds it

  /** The thread that holds the cursor, where it may wait for events without letting it go. */
  private volatile @Nullable Thread thread;

  LogSubscription(LogReaders<E> readers, Flow.Subscriber<? super E> subscriber) {
    this.readers = readers;
    this.subscriber = subscriber;
    this.cursor = new LogCursor<>(readers.log());
  }

  /** Greets the subscriber on the calling thread and lets the cursor go. */
  void start() {
    readers.readerAttached();
    try {
      subscriber.onSubscribe(this);
    } catch (Throwable thrown) {
      leaveAfter(thrown);
    }
    handToExecutor(); // even without demand: an empty log ends by itself
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
   * Detaches this reader; if it was the last and nobody asked for the result, the work is
   * cancelled.
   */
  @Override
  public void cancel() {
    if (left.compareAndSet(false, true)) {
      LockSupport.unpark(thread); // it may wait for news, of which signal() tells it none any more
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
      LockSupport.unpark(thread); // if it waits; null or a thread that has ended does not matter
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
          refusal = thrown; // this reader still hears of it
          readers.executorFailed(thrown);
          ReaderThreads.VIRTUAL.execute(this);
        }
      }
    } catch (OutOfMemoryError full) {
      handOverLater();
    }
  }

  /**
   * No thread can be had at the moment: the next event brings another try, and so does the end. The
   * cursor is held until this reader is parked, so that nobody else parks it meanwhile.
   */
  private void handOverLater() {
    if (!offered.compareAndSet(true, false)) {
      return; // the executor has thrown, and runs it all the same
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
    readers.refuseOwnThread("a subscriber (use an executor with threads of its own)");
    move();
  }

  /** Moves the cursor as far as events and demand go. */
  private void move() {
    if (!offered.compareAndSet(true, false)) {
      return; // an executor that throws may have taken it twice
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
          return; // a request will signal
        }
        demand.accumulateAndGet(1, LogSubscription::takeCapped);
        subscriber.onNext(cursor.next());
      } else if (cursor.atEnd()) {
        finish(log.failure());
      } else if (!cursor.awaitMoreBriefly() && log.park(this, cursor.position())) {
        if (thread == null) {
          return; // the log will signal
        }
        LockSupport.park(log);
        Thread.interrupted(); // by the subscriber, perhaps; it would keep the thread from parking
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

  /** A subscriber must not throw; one that does is treated as gone, and told why. */
  private void leaveAfter(Throwable thrown) {
    boolean wasAttached = !left.get();
    cancel();
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

  private static long takeCapped(long demand, long n) {
    return demand == Long.MAX_VALUE ? demand : demand - n;
  }
}
