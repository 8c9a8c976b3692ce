package io.rkllm.tokenizer;

import java.util.BitSet;

/**
 * Merges two tokens if their combined text is a token too, the one with the highest score first.
 */
final class ScoredMerges implements MergeRule {
  private final Vocabulary vocabulary;
  private final float[] scores;
  private final BitSet mergeable;

  /**
   * @param scores the scores by id
   * @param mergeable the ids that merging may produce, so that text does not become a control token
   */
  ScoredMerges(Vocabulary vocabulary, float[] scores, BitSet mergeable) {
    this.vocabulary = vocabulary;
    this.scores = scores;
    this.mergeable = mergeable;
  }

  @Override
  public long merge(int left, int right, byte[] text, int from, int to) {
    int id = vocabulary.find(text, from, to);
    return id != Vocabulary.NONE && mergeable.get(id)
        ? MergeRule.merged(priority(scores[id]), id)
        : NONE;
  }

  /** Maps floats to ints so that the highest score becomes the lowest int. */
  private static int priority(float score) {
    int bits = Float.floatToIntBits(-score);
    return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
  }
}
