package io.rkllm.examples.server.chat;

import java.time.Duration;

/**
 * The end of the time that a request may take.
 *
 * @param timeout the time in all
 * @param at the end, by {@link System#nanoTime}
 */
record Deadline(Duration timeout, long at) {
  private static final Duration LEAST = Duration.ofNanos(1); // for what takes no zero

  /** Returns the deadline of a request that begins now. */
  static Deadline after(Duration timeout) {
    return new Deadline(timeout, System.nanoTime() + timeout.toNanos());
  }

  /** Returns the time left, which is always positive. */
  Duration left() {
    Duration left = Duration.ofNanos(at - System.nanoTime());
    return left.isPositive() ? left : LEAST;
  }

  /** Returns whether the deadline has passed by more than some time. */
  boolean hasPassedBy(Duration some) {
    return System.nanoTime() - at > some.toNanos();
  }
}
