package io.rkllm.host;

import java.time.Duration;

/**
 * The options of {@link HostRuntime.Builder}.
 *
 * @param restarts how often a model is loaded again within {@code period}
 * @param stopGrace how long a stopped run may take to return
 */
record HostOptions(int restarts, Duration period, Duration stopGrace) {
  /** The default: shorter than the time after which the SDK gives a stopped run up. */
  static final HostOptions DEFAULTS =
      new HostOptions(5, Duration.ofMinutes(10), Duration.ofSeconds(8));
}
