package io.rkllm.stream;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread that blocks until a log has more for it; another one may take its place. */
final class ThreadReader extends EventLog.Reader {
  private volatile @Nullable Thread thread; // written before it parks, read by who wakes it

  @Override
  protected void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Blocks until the log has more than {@code seen} events, has ended, or the thread is
   * interrupted; may return without cause.
   */
  void await(EventLog<?> log, int seen) {
    thread = Thread.currentThread();
    if (log.park(this, seen)) {
      LockSupport.park(log);
    }
  }

  /** The same, but not for longer than this. */
  void await(EventLog<?> log, int seen, long nanos) {
    thread = Thread.currentThread();
    if (log.park(this, seen)) {
      LockSupport.parkNanos(log, nanos);
    }
  }
}
