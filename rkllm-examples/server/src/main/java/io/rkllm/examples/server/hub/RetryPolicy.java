package io.rkllm.examples.server.hub;

import java.time.Duration;

/**
 * Timeouts and retries of requests to a hub.
 *
 * @param stallTimeout how long a connection may stay silent
 * @param initialDelay the delay before the first retry; each further delay is twice as long
 * @param maxDelay the longest delay
 * @param maxRetryAfter the longest delay that is accepted from a hub's Retry-After header
 * @param maxFailures how many attempts in a row may fail before the transfer fails
 */
record RetryPolicy(
    Duration stallTimeout,
    Duration initialDelay,
    Duration maxDelay,
    Duration maxRetryAfter,
    int maxFailures) {

  static final RetryPolicy DEFAULT =
      new RetryPolicy(
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          6);

  private static final Duration FIRST_STALL_TIMEOUT = Duration.ofSeconds(8);
  private static final Duration FIRST_RETRY_AFTER = Duration.ofSeconds(10);
  private static final int FIRST_FAILURES = 2;

  /** Returns the delay after this many failures in a row, at least one. */
  Duration delayAfter(int failures) {
    Duration delay = initialDelay.multipliedBy(1L << Math.min(failures - 1, 20));
    return delay.compareTo(maxDelay) < 0 ? delay : maxDelay;
  }

  /**
   * Returns the policy for requests before anything was transferred. A user is waiting then, and
   * there is no progress to lose, so a pull that cannot start fails soon.
   */
  RetryPolicy beforeTransfer() {
    return new RetryPolicy(
        shorter(stallTimeout, FIRST_STALL_TIMEOUT),
        initialDelay,
        maxDelay,
        shorter(maxRetryAfter, FIRST_RETRY_AFTER),
        Math.min(maxFailures, FIRST_FAILURES));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
