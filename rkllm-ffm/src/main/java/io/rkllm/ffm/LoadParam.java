package io.rkllm.ffm;

import java.util.Locale;

/**
 * The values of a {@code RKLLMParam} that matter to the SDK, whatever the ABI.
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

  /** As {@code equals}, which links itself when it is first called: too long for each start. */
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

  /** Whether these can be the defaults of a release, rather than bytes read at the wrong places. */
  boolean plausibleDefaults() {
    return topP > 0
        && topP <= 1
        && cpuCount >= 1
        && cpuCount == Integer.bitCount(cpuMask)
        && batch == 1;
  }

  /**
   * The most rows of logits or hidden states that a run can give, one a token: what fits into the
   * context of all members. A runtime may round the context up to a multiple of 32.
   */
  long rowLimit() {
    if (contextLength <= 0) {
      return Integer.MAX_VALUE; // not known
    }
    return (contextLength + 31L) / 32 * 32 * Math.max(batch, 1);
  }

  /** For people. */
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
