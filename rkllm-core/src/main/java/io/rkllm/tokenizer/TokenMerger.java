package io.rkllm.tokenizer;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.IntConsumer;

/**
 * Merges adjacent tokens of one piece of text until no rule applies: the pair with the lowest
 * priority first and, among equal ones, the leftmost. Used once; takes {@code n log n} steps.
 */
final class TokenMerger {
  private final byte[] text;
  private final int[] starts; // start of each symbol, and the end of the text
  private final int[] ids; // Vocabulary.NONE for text without a token
  private final int[] next;
  private final int[] previous;
  private final boolean[] merged; // into the symbol before it
  private final MergeRule rule;
  private final PriorityQueue<Long> candidates = new PriorityQueue<>();

  /**
   * @param starts the start of each symbol in the text, and the end of the last one
   * @param ids the tokens of the symbols; modified by this object
   */
  TokenMerger(byte[] text, int[] starts, int[] ids, MergeRule rule) {
    this.text = text;
    this.starts = starts;
    this.ids = ids;
    this.rule = rule;
    next = new int[ids.length];
    previous = new int[ids.length];
    merged = new boolean[ids.length];
    Arrays.setAll(next, i -> i + 1);
    Arrays.setAll(previous, i -> i - 1);
  }

  /**
   * Performs all merges.
   *
   * @param tokens receives the ids of the tokens from left to right
   * @param unknown receives the text of each symbol that has no token
   */
  void run(IntConsumer tokens, UnknownText unknown) {
    for (int i = 0; i < ids.length; i++) {
      offer(i);
    }
    for (Long candidate = candidates.poll(); candidate != null; candidate = candidates.poll()) {
      int left = candidate.intValue();
      long found = merged[left] ? MergeRule.NONE : rule(left);
      // A pair that has changed since it was queued has been queued again.
      if (found != MergeRule.NONE && MergeRule.priority(found) == MergeRule.priority(candidate)) {
        merge(left, (int) found);
      }
    }
    for (int i = 0; i < ids.length; i = next[i]) {
      if (ids[i] == Vocabulary.NONE) {
        unknown.accept(text, starts[i], end(i));
      } else {
        tokens.accept(ids[i]);
      }
    }
  }

  private void merge(int left, int id) {
    int right = next[left];
    ids[left] = id;
    merged[right] = true;
    next[left] = next[right];
    if (next[left] < ids.length) {
      previous[next[left]] = left;
    }
    offer(left);
    if (previous[left] >= 0) {
      offer(previous[left]);
    }
  }

  private void offer(int left) {
    long found = rule(left);
    if (found != MergeRule.NONE) {
      candidates.add(MergeRule.merged(MergeRule.priority(found), left));
    }
  }

  private long rule(int left) {
    int right = next[left];
    if (right == ids.length || ids[left] == Vocabulary.NONE || ids[right] == Vocabulary.NONE) {
      return MergeRule.NONE;
    }
    return rule.merge(ids[left], ids[right], text, starts[left], end(right));
  }

  private int end(int symbol) {
    return starts[next[symbol]];
  }

  /** Receives text that has no token. */
  @FunctionalInterface
  interface UnknownText {
    void accept(byte[] text, int from, int to);
  }
}
