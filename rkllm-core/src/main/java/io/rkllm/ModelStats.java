package io.rkllm;

import java.time.Duration;

/**
 * Totals of a model since it was loaded: the sums of the {@link GenerationStats} of everything that
 * has ended.
 *
 * @param generations the number of generations and forward passes that ended with a result
 * @param cancelled the number of those that were cancelled, or ended because the model was closed
 * @param failed the number of generations and forward passes that failed; not included in the other
 *     counts
 * @param generatedTokens the number of generated tokens
 * @param decodedTokens the number of tokens generated during the decode time, which excludes the
 *     first token of each generation
 * @param prefillTokens the number of prompt tokens that were processed, without those reused from
 *     the KV cache
 * @param queueTime the time spent waiting in the queue
 * @param prefillTime the time of the prefills, measured by the runtime
 * @param decodeTime the time spent decoding
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

  /** Returns the number of decoded tokens per second of decoding, or 0 if no time was measured. */
  public double tokensPerSecond() {
    return decodeTime.isPositive() ? decodedTokens * 1e9 / decodeTime.toNanos() : 0;
  }
}
