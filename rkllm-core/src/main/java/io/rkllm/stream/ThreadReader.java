package io.rkllm.stream;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A reader that blocks its thread until a log has more events. Different threads may use it one
 * after the other.
 */
final class ThreadReader extends EventLog.Reader {
  private volatile @Nullable Thread thread; // written before parking, read by the waking thread

  @Override
  protected void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Blocks until the log has more than {@code seen} events, has ended, or the thread is
   * interrupted; may return spuriously.
   */
  void await(EventLog<?> log, int seen) {
    thread = Thread.currentThread();
    if (log.park(this, seen)) {
      LockSupport.park(log);
    }
  }

  /** Blocks as {@link #await(EventLog, int)} does, but at most for the given time. */
  void await(EventLog<?> log, int seen, long nanos) {
    thread = Thread.currentThread();
    if (log.park(this, seen)) {
      LockSupport.parkNanos(log, nanos);
    }
  }
}
