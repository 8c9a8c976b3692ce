package io.rkllm.examples.server.hub;

import java.time.Duration;

/**
 * What a download puts up with.
 *
 * @param stall how long nothing may come
 * @param firstPause before it is tried again; each further pause is twice as long
 * @param longestPause at which they stop growing
 * @param longestAskedPause the longest that a hub may ask for
 * @param attempts how often in a row nothing may come of it
 */
record HubPatience(
    Duration stall,
    Duration firstPause,
    Duration longestPause,
    Duration longestAskedPause,
    int attempts) {

  static final HubPatience USUAL =
      new HubPatience(
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          6);

  /** How long to wait after so many failures in a row, at least one. */
  Duration pauseAfter(int failures) {
    Duration pause = firstPause.multipliedBy(1L << Math.min(failures - 1, 20));
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }
}
