package io.rkllm.spi;

/**
 * What the runtime measured of a run: {@code RKLLMPerfStat}, as it came. What cannot be true, such
 * as a negative count, is left out of the statistics.
 *
 * @param prefillMillis time of the prefill in milliseconds
 * @param prefillTokens prompt tokens that were processed, without those reused from the KV cache
 * @param generateMillis time of the decoding in milliseconds
 * @param generatedTokens tokens that were generated; most releases leave out the first, which comes
 *     out of the prefill
 * @param memoryMegabytes peak resident memory of the process in megabytes
 */
public record RunPerformance(
    float prefillMillis,
    int prefillTokens,
    float generateMillis,
    int generatedTokens,
    float memoryMegabytes) {

  /** A run that ended without figures: none of these can be true, so none is passed on. */
  public static final RunPerformance NONE =
      new RunPerformance(Float.NaN, -1, Float.NaN, -1, Float.NaN);
}
