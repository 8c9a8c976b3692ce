package io.rkllm.ffm;

import java.util.Locale;

/**
 * The values of a {@code RKLLMParam} that the SDK uses, independent of the ABI.
 *
 * @param contextLength {@code max_context_len}
 * @param maxNewTokens {@code max_new_tokens}
 * @param topK {@code top_k}
 * @param topP {@code top_p}
 * @param temperature {@code temperature}
 * @param repeatPenalty {@code repeat_penalty}
 * @param cpuCount {@code enabled_cpus_num}
 * @param cpuMask {@code enabled_cpus_mask}
 * @param batch {@code n_batch}
 */
record LoadParam(
    int contextLength,
    int maxNewTokens,
    int topK,
    float topP,
    float temperature,
    float repeatPenalty,
    int cpuCount,
    int cpuMask,
    int batch) {

  /**
   * Compares all values. The generated {@code equals} would be linked at its first call, which
   * costs start-up time.
   */
  boolean sameAs(LoadParam other) {
    return contextLength == other.contextLength
        && maxNewTokens == other.maxNewTokens
        && topK == other.topK
        && topP == other.topP
        && temperature == other.temperature
        && repeatPenalty == other.repeatPenalty
        && cpuCount == other.cpuCount
        && cpuMask == other.cpuMask
        && batch == other.batch;
  }

  /**
   * Returns whether these can be the defaults of a release, rather than bytes read from the wrong
   * offsets.
   */
  boolean plausibleDefaults() {
    return topP > 0
        && topP <= 1
        && cpuCount >= 1
        && cpuCount == Integer.bitCount(cpuMask)
        && batch == 1;
  }

  /**
   * Returns the maximum number of rows of logits or hidden states in a run, one for each token that
   * fits into the contexts of all members. A runtime may round the context up to a multiple of 32.
   */
  long rowLimit() {
    if (contextLength <= 0) {
      return Integer.MAX_VALUE; // unknown
    }
    return (contextLength + 31L) / 32 * 32 * Math.max(batch, 1);
  }

  /** Returns a description for people. */
  String describe() {
    return String.format(
        Locale.ROOT,
        "context %d, new tokens %d, top-k %d, top-p %.2f, temperature %.2f, repeat penalty %.2f,"
            + " %d CPUs (mask 0x%X), batch %d",
        contextLength,
        maxNewTokens,
        topK,
        topP,
        temperature,
        repeatPenalty,
        cpuCount,
        cpuMask,
        batch);
  }
}
