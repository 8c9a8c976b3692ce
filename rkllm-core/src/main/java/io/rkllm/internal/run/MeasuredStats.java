package io.rkllm.internal.run;

import io.rkllm.GenerationStats;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The statistics of a generation that has ended. */
record MeasuredStats(
    Duration queueTime,
    Duration timeToFirstToken,
    Duration runTime,
    int generatedTokens,
    Duration decodeTime,
    OptionalInt promptTokens,
    OptionalInt prefillTokens,
    Optional<Duration> prefillTime,
    OptionalDouble memoryMegabytes)
    implements GenerationStats {

  /** Returns the statistics of a generation that waited and never ran. */
  static MeasuredStats waited(Duration queueTime) {
    return new MeasuredStats(
        queueTime,
        Duration.ZERO,
        Duration.ZERO,
        0,
        Duration.ZERO,
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalDouble.empty());
  }
}
