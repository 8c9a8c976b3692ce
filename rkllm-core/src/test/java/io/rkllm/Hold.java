package io.rkllm;

import java.util.concurrent.CountDownLatch;

/** A place in a run where it stands still until the test lets it go on. */
final class Hold {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** In the run: says that it has come here, and waits. */
  void here() throws InterruptedException {
    reached.countDown();
    released.await();
  }

  /** In code that may throw nothing checked: as {@link #here}. */
  void hereUnchecked() {
    try {
      here();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** In the test: waits until the run has come here. */
  void awaitReached() throws InterruptedException {
    reached.await();
  }

  /** In the test: lets the run go on, now or when it comes here. */
  void release() {
    released.countDown();
  }
}
