package io.rkllm.spi;

/**
 * The runtime's measurements of a run ({@code RKLLMPerfStat}), unchanged. Impossible values, such
 * as negative counts, are omitted from the statistics.
 *
 * @param prefillMillis the time of the prefill, in milliseconds
 * @param prefillTokens the number of prompt tokens that were processed, without those reused from
 *     the KV cache
 * @param generateMillis the time spent decoding, in milliseconds
 * @param generatedTokens the number of generated tokens; most releases do not count the first,
 *     which is a result of the prefill
 * @param memoryMegabytes the peak resident memory of the process, in megabytes
 */
public record RunPerformance(
    float prefillMillis,
    int prefillTokens,
    float generateMillis,
    int generatedTokens,
    float memoryMegabytes) {

  /**
   * Stands for a run without measurements. All values are impossible, so none of them is reported.
   */
  public static final RunPerformance NONE =
      new RunPerformance(Float.NaN, -1, Float.NaN, -1, Float.NaN);
}
