package io.rkllm;

import java.util.concurrent.CountDownLatch;

/** Blocks a run at a certain point until the test releases it. */
final class Hold {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** Called in the run: signals that this point was reached, and waits. */
  void here() throws InterruptedException {
    reached.countDown();
    released.await();
  }

  /** Does the same as {@link #here}, for code that must not throw checked exceptions. */
  void hereUnchecked() {
    try {
      here();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Called in the test: waits until the run has reached this point. */
  void awaitReached() throws InterruptedException {
    reached.await();
  }

  /** Called in the test: releases the run, now or when it reaches this point. */
  void release() {
    released.countDown();
  }
}
