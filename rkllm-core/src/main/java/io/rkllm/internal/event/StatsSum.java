package io.rkllm.internal.event;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.GenerationStats;
import io.rkllm.ModelStats;
import java.time.Duration;

/** Accumulates the statistics of a model. Thread-safe. */
final class StatsSum {
  private Totals sum =
      new Totals(0, 0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO); // guarded by this

  synchronized void add(GenerationResult result) {
    GenerationStats stats = result.stats();
    sum =
        new Totals(
            sum.generations() + 1,
            sum.cancelled() + (isCut(result.finishReason()) ? 1 : 0),
            sum.failed(),
            sum.generatedTokens() + stats.generatedTokens(),
            sum.decodedTokens() + stats.decodedTokens(),
            sum.prefillTokens() + stats.prefillTokens().orElse(0),
            sum.queueTime().plus(stats.queueTime()),
            sum.prefillTime().plus(stats.prefillTime().orElse(Duration.ZERO)),
            sum.decodeTime().plus(stats.decodeTime()));
  }

  private static boolean isCut(FinishReason reason) {
    return reason == FinishReason.CANCELLED || reason == FinishReason.MODEL_CLOSED;
  }

  synchronized void addFailure() {
    sum =
        new Totals(
            sum.generations(),
            sum.cancelled(),
            sum.failed() + 1,
            sum.generatedTokens(),
            sum.decodedTokens(),
            sum.prefillTokens(),
            sum.queueTime(),
            sum.prefillTime(),
            sum.decodeTime());
  }

  synchronized ModelStats get() {
    return sum;
  }

  private record Totals(
      long generations,
      long cancelled,
      long failed,
      long generatedTokens,
      long decodedTokens,
      long prefillTokens,
      Duration queueTime,
      Duration prefillTime,
      Duration decodeTime)
      implements ModelStats {}
}
