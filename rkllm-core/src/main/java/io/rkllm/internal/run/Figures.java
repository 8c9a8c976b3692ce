package io.rkllm.internal.run;

import io.rkllm.spi.RunPerformance;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The runtime's measurements of a run. Impossible values are absent.
 *
 * @param prefillTokens the number of prompt tokens of all inputs that were processed
 * @param prefillTime the time of the prefill
 * @param decodeTime the time spent decoding; also absent if it was not measured
 * @param memoryMegabytes the peak resident memory of the process, in megabytes
 */
record Figures(
    OptionalInt prefillTokens,
    Optional<Duration> prefillTime,
    Optional<Duration> decodeTime,
    OptionalDouble memoryMegabytes) {

  static final Figures NONE = of(RunPerformance.NONE, 0);

  /** The longest {@link Duration} that can be expressed in nanoseconds, in milliseconds. */
  private static final double MAX_MILLIS = Long.MAX_VALUE / 1e6;

  /**
   * Returns the measurements that can be correct.
   *
   * @param capacity the total number of tokens in the contexts of all inputs
   */
  static Figures of(RunPerformance measured, long capacity) {
    int prefilled = measured.prefillTokens();
    float memory = measured.memoryMegabytes();
    return new Figures(
        prefilled >= 0 && prefilled <= capacity ? OptionalInt.of(prefilled) : OptionalInt.empty(),
        time(measured.prefillMillis()),
        time(measured.generateMillis()).filter(Duration::isPositive),
        memory > 0 && Float.isFinite(memory) ? OptionalDouble.of(memory) : OptionalDouble.empty());
  }

  private static Optional<Duration> time(float millis) {
    return millis >= 0 && millis < MAX_MILLIS // false for NaN
        ? Optional.of(Duration.ofNanos((long) (millis * 1e6)))
        : Optional.empty();
  }
}
