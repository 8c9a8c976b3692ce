package io.rkllm.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Merges the pairs of tokens in a list, with earlier pairs first. */
final class RankedMerges implements MergeRule {
  private static final long EMPTY = -1; // not a pair, because ids are not negative

  private final long[] pairs; // open addressing; the id of the left token in the upper half
  private final long[] merged;

  // Random, because a malicious file must not be able to provoke collisions.
  private final long multiplier = RandomGenerator.getDefault().nextLong() | 1;

  /**
   * Reads a list of pairs. A pair is skipped unless both parts, and both parts joined, are tokens.
   *
   * @param merges the pairs by rank, each as the texts of two tokens
   */
  RankedMerges(List<byte[][]> merges, Vocabulary vocabulary) {
    pairs = new long[Integer.highestOneBit(Math.max(1, merges.size())) * 4];
    merged = new long[pairs.length];
    Arrays.fill(pairs, EMPTY);
    for (int rank = 0; rank < merges.size(); rank++) {
      byte[] left = merges.get(rank)[0];
      byte[] right = merges.get(rank)[1];
      byte[] both = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, both, left.length, right.length);
      add(vocabulary.find(left), vocabulary.find(right), vocabulary.find(both), rank);
    }
  }

  private void add(int left, int right, int both, int rank) {
    if (left == Vocabulary.NONE || right == Vocabulary.NONE || both == Vocabulary.NONE) {
      return;
    }
    int slot = slot(pair(left, right));
    if (pairs[slot] == EMPTY) {
      pairs[slot] = pair(left, right);
      merged[slot] = MergeRule.merged(rank, both);
    }
  }

  @Override
  public long merge(int left, int right, byte[] text, int from, int to) {
    long pair = pair(left, right);
    int slot = slot(pair);
    return pairs[slot] == pair ? merged[slot] : NONE;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }

  private int slot(long pair) {
    int mask = pairs.length - 1;
    long hash = pair * multiplier;
    int slot = (int) (((hash ^ (hash >>> 32)) * multiplier) >>> 32) & mask;
    while (pairs[slot] != EMPTY && pairs[slot] != pair) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
