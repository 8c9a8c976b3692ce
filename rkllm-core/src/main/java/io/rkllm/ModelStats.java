package io.rkllm;

import java.time.Duration;

/**
 * What a model has done since it was loaded: the sum of the {@link GenerationStats} of all that has
 * ended.
 *
 * @param generations generations and forward passes that ended with a result
 * @param cancelled those among them that were cancelled, or ended when the model was closed
 * @param failed those that failed; not among the others
 * @param generatedTokens tokens that were generated
 * @param decodedTokens those that the decode time was spent on: without the first of each
 *     generation, which comes out of the prefill
 * @param prefillTokens prompt tokens that were processed, without those reused from the KV cache
 * @param queueTime time spent waiting
 * @param prefillTime time of prefill by the runtime's clock
 * @param decodeTime time of decoding
 */
public record ModelStats(
    long generations,
    long cancelled,
    long failed,
    long generatedTokens,
    long decodedTokens,
    long prefillTokens,
    Duration queueTime,
    Duration prefillTime,
    Duration decodeTime) {

  /** Decoded tokens a second of decoding; 0 where no time was measured. */
  public double tokensPerSecond() {
    return decodeTime.isPositive() ? decodedTokens * 1e9 / decodeTime.toNanos() : 0;
  }
}
