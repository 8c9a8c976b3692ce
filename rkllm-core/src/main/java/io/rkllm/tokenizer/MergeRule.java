package io.rkllm.tokenizer;

/** Determines which pairs of adjacent tokens are merged, and in which order. */
interface MergeRule {
  /** Returned if the pair is not merged. */
  long NONE = -1;

  /**
   * Returns the token that a pair is merged to, or {@link #NONE}.
   *
   * @param left the id of the first token
   * @param right the id of the second token
   * @param text contains the text of both
   * @param from the beginning of the first token
   * @param to the end of the second token
   * @return the priority in the upper 32 bits, of which the lowest is first; the id in the lower 32
   *     bits
   */
  long merge(int left, int right, byte[] text, int from, int to);

  static long merged(int priority, int id) {
    return ((long) priority << 32) | id;
  }

  static int priority(long merged) {
    return (int) (merged >> 32);
  }
}
