package io.rkllm.internal.run;

import io.rkllm.spi.RunPerformance;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What the runtime measured of a run, without what cannot be true: that is absent.
 *
 * @param prefillTokens prompt tokens of all its inputs that were processed
 * @param prefillTime time of the prefill
 * @param decodeTime time of the decoding; absent also where none was measured
 * @param memoryMegabytes peak resident memory of the process
 */
record Figures(
    OptionalInt prefillTokens,
    Optional<Duration> prefillTime,
    Optional<Duration> decodeTime,
    OptionalDouble memoryMegabytes) {

  static final Figures NONE = of(RunPerformance.NONE, 0);

  /** The longest time that a {@link Duration} of nanoseconds can have, in milliseconds. */
  private static final double MAX_MILLIS = Long.MAX_VALUE / 1e6;

  /**
   * Returns what of the figures can be true.
   *
   * @param capacity how many tokens the contexts of all inputs have together
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
    return millis >= 0 && millis < MAX_MILLIS // not for NaN
        ? Optional.of(Duration.ofNanos((long) (millis * 1e6)))
        : Optional.empty();
  }
}
