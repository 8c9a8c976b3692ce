package io.rkllm.internal;

import java.util.concurrent.locks.LockSupport;

/** The calling thread, blocked until a log has more for it. */
final class ThreadReader extends EventLog.Reader {
  private final Thread thread = Thread.currentThread();

  @Override
  protected void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Blocks until the log has more than {@code seen} events or has ended.
   *
   * @throws InterruptedException if the thread is interrupted before or meanwhile
   */
  void await(EventLog<?> log, int seen) throws InterruptedException {
    while (log.park(this, seen)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.park(log);
    }
  }
}
