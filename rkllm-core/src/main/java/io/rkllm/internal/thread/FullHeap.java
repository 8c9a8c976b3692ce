package io.rkllm.internal.thread;

import java.util.concurrent.locks.LockSupport;

/** Waits for memory, for work that must be done even if the heap is full. */
public final class FullHeap {
  private static final long PAUSE_NANOS = 10_000_000;

  private FullHeap() {}

  /** Sleeps briefly before the caller tries again. Allocates nothing. */
  public static void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
