package io.rkllm;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How long a generation took and what it processed.
 *
 * @param queueTime from {@code generate()} until the model began with it
 * @param timeToFirstToken from when the model began until the first token; the whole run where none
 *     came
 * @param runTime from when the model began until the run ended
 * @param prefillTokens prompt tokens that the runtime processed, without those it reused from the
 *     KV cache; empty where the runtime gave no figures
 * @param prefillTime time of the prefill by the runtime's clock; zero where it gave no figures
 * @param generatedTokens tokens that were generated
 * @param decodeTime time of the decoding by the runtime's clock, or from the first token to the end
 *     of the run where it gave no figures
 * @param memoryMegabytes peak resident memory of the process by the runtime's figures; 0 where it
 *     gave none
 */
public record GenerationStats(
    Duration queueTime,
    Duration timeToFirstToken,
    Duration runTime,
    OptionalInt prefillTokens,
    Duration prefillTime,
    int generatedTokens,
    Duration decodeTime,
    float memoryMegabytes) {

  /** Generated tokens a second of decoding; 0 where no time was measured. */
  public double tokensPerSecond() {
    return decodeTime.isPositive() ? generatedTokens * 1e9 / decodeTime.toNanos() : 0;
  }
}
