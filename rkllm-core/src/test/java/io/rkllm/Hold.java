package io.rkllm;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

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

  /**
   * Called in the test: starts a run with a timeout that elapses while the run is at this point. On
   * a slow machine it may elapse before; the run is then started again, with twice the time.
   */
  Generation startWithTimeout(Function<Duration, Generation> start) {
    Duration timeout = Duration.ofMillis(20);
    while (true) {
      Generation run = start.apply(timeout);
      await().until(() -> isReached() || run.result().isDone());
      if (isReached()) {
        return run;
      }
      timeout = timeout.multipliedBy(2);
    }
  }

  private boolean isReached() {
    return reached.getCount() == 0;
  }

  /** Called in the test: releases the run, now or when it reaches this point. */
  void release() {
    released.countDown();
  }
}
