package io.rkllm.ffm;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets {@code rkllm_abort} through only while a run is under way: one that comes after the end
 * would end the next run, and one that overlaps {@code rkllm_destroy} would use a freed handle.
 * Aborts may come from any thread, several at once.
 *
 * <p>Who aborts first steps in and then looks whether the gate is open; who ends a run first closes
 * the gate and then looks whether anybody is inside. So one of the two always sees the other.
 */
final class AbortGate {
  private static final long PAUSE_NANOS = 20_000;

  private final AtomicInteger inside = new AtomicInteger();
  private volatile boolean open;

  /** A run begins. */
  void open() {
    open = true;
  }

  /** Whether to go on with the abort; {@link #leave} must follow then. */
  boolean enter() {
    inside.incrementAndGet();
    if (open) {
      return true;
    }
    inside.decrementAndGet();
    return false;
  }

  /** The abort is done. */
  void leave() {
    inside.decrementAndGet();
  }

  /** The run has ended. Waits until the aborts that are under way are done. */
  void close() {
    open = false;
    while (inside.get() != 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * The run is about to end. Waits as {@link #close} but not for longer than this: should native
   * code hold an abort back until the run has ended, then waiting for it would be waiting for
   * oneself.
   */
  void closeWithin(Duration bound) {
    open = false;
    long end = System.nanoTime() + bound.toNanos();
    while (inside.get() != 0 && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
