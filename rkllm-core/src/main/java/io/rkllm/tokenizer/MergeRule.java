package io.rkllm.tokenizer;

/** Decides which two neighboring tokens become one, and which pair goes first. */
interface MergeRule {
  /** The pair stays two tokens. */
  long NONE = -1;

  /**
   * Returns the token that a pair becomes, or {@link #NONE}.
   *
   * @param left the id of the first token
   * @param right the id of the second token
   * @param text has the text of both
   * @param from where the first token begins
   * @param to where the second token ends
   * @return the priority in the upper 32 bits, the lowest goes first; the id in the lower ones
   */
  long merge(int left, int right, byte[] text, int from, int to);

  static long merged(int priority, int id) {
    return ((long) priority << 32) | id;
  }

  static int priority(long merged) {
    return (int) (merged >> 32);
  }
}
