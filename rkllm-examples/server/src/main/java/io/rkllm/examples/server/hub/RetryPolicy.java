package io.rkllm.examples.server.hub;

import java.time.Duration;

/**
 * Timeouts and retries of downloads.
 *
 * @param stallTimeout how long a connection may stay silent
 * @param initialDelay the delay before the first retry; each further delay is twice as long
 * @param maxDelay the longest delay
 * @param maxRetryAfter the longest delay that is accepted from a hub's Retry-After header
 * @param maxFailures how many attempts in a row may fail before the download is given up
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

  /** Returns the delay after this many failures in a row, at least one. */
  Duration delayAfter(int failures) {
    Duration delay = initialDelay.multipliedBy(1L << Math.min(failures - 1, 20));
    return delay.compareTo(maxDelay) < 0 ? delay : maxDelay;
  }
}
