package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.time.Duration;

/** How often something failed in a row, and what to do about it. Used by one thread. */
final class Backoff {
  private final RetryPolicy retryPolicy;
  private int failures;

  Backoff(RetryPolicy retryPolicy) {
    this.retryPolicy = retryPolicy;
  }

  /** Something came. */
  void reset() {
    failures = 0;
  }

  /**
   * Waits until it makes sense to try again.
   *
   * @throws PullException if it does not any more
   */
  void pauseAfter(IOException e, String what) throws InterruptedException {
    failures++;
    String words = what + ": " + e.getMessage();
    Duration pause = retryPolicy.delayAfter(failures);
    if (e instanceof TransientHubException hint && hint.retryAfter() != null) {
      pause = hint.retryAfter();
      if (pause.compareTo(retryPolicy.maxRetryAfter()) > 0) {
        throw new PullException(
            words
                + ", and asks to come back in "
                + pause.toMinutes()
                + " minutes; pull again then");
      }
    }
    if (failures > retryPolicy.maxFailures()) {
      throw new PullException(
          words
              + ". It was tried "
              + failures
              + " times; what came so far is kept, and pulling again goes on from there");
    }
    Thread.sleep(pause);
  }
}
