package io.rkllm.host;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@link HostRuntime.Builder}.
 *
 * @param restarts how often a model is loaded again within {@code period}
 * @param stopGrace how long a stopped run may take to return
 * @param callTimeout how long any other call may take, except for a load
 * @param reloadTimeout how long loading again may take, or null if it depends on the first load
 * @param retryRuns whether a run is repeated if its process ends before it has produced anything
 */
record HostOptions(
    int restarts,
    Duration period,
    Duration stopGrace,
    Duration callTimeout,
    @Nullable Duration reloadTimeout,
    boolean retryRuns) {
  /** The defaults. The SDK gives a stopped run up later than after this grace period. */
  static final HostOptions DEFAULTS =
      new HostOptions(
          5, Duration.ofMinutes(10), Duration.ofSeconds(8), Duration.ofSeconds(60), null, false);
}
