package io.rkllm.examples.server.chat;

import java.time.Duration;

/**
 * The deadline of a request.
 *
 * @param timeout the total time allowed
 * @param at the deadline in terms of {@link System#nanoTime}
 */
record Deadline(Duration timeout, long at) {
  private static final Duration LEAST = Duration.ofNanos(1); // positive even after the deadline

  /** Returns the deadline of a request that begins now. */
  static Deadline after(Duration timeout) {
    return new Deadline(timeout, System.nanoTime() + timeout.toNanos());
  }

  /** Returns the remaining time, which is always positive. */
  Duration left() {
    Duration left = Duration.ofNanos(at - System.nanoTime());
    return left.isPositive() ? left : LEAST;
  }

  /** Returns whether the deadline has passed by more than the given time. */
  boolean hasPassedBy(Duration some) {
    return System.nanoTime() - at > some.toNanos();
  }
}
