package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.time.Duration;

/**
 * Delays retries after consecutive failures, and ends them after too many. Not thread-safe.
 *
 * @see RetryPolicy
 */
final class Backoff {
  private final RetryPolicy policy;
  private final String hint;
  private int failures;

  /**
   * @param hint what the user can do once the retries are exhausted; the end of a message
   */
  Backoff(RetryPolicy policy, String hint) {
    this.policy = policy;
    this.hint = hint;
  }

  /** Resets the number of failures after progress was made. */
  void reset() {
    failures = 0;
  }

  /**
   * Blocks for the delay before the next attempt.
   *
   * @param what the operation that failed; the beginning of a message
   * @throws PullException if no attempt is left, or if the hub requests too long a delay
   */
  void pauseAfter(IOException e, String what) throws InterruptedException {
    failures++;
    String message = what + ": " + e.getMessage();
    Duration pause = policy.delayAfter(failures);
    if (e instanceof TransientHubException hub && hub.retryAfter() != null) {
      pause = hub.retryAfter();
      if (pause.compareTo(policy.maxRetryAfter()) > 0) {
        throw new PullException(
            message + ", and asks to wait " + inWords(pause) + "; pull again after that");
      }
    }
    if (failures > policy.maxFailures()) {
      throw new PullException(message + ". Gave up after " + failures + " attempts; " + hint);
    }
    Thread.sleep(pause);
  }

  private static String inWords(Duration duration) {
    return duration.toMinutes() > 1
        ? duration.toMinutes() + " minutes"
        : duration.toSeconds() + " seconds";
  }
}
