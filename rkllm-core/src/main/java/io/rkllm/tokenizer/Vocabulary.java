package io.rkllm.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The texts of all tokens by id, and the ids by text. A quarter of a million tokens take a few
 * megabytes: the texts are in one array, and a hash table contains their ids.
 */
final class Vocabulary {
  /** The id for a text that is not a token. */
  static final int NONE = -1;

  private final byte[] texts;
  private final int[] ends; // the end of each token's text, where the next one begins
  private final int[] table; // open addressing
  private final int longest;

  // Random, because a malicious file must not be able to provoke collisions.
  private final long multiplier = RandomGenerator.getDefault().nextLong() | 1;

  /**
   * @param tokens the texts by id; if several tokens have the same text, the first one is found
   */
  Vocabulary(List<byte[]> tokens) {
    texts = new byte[tokens.stream().mapToInt(token -> token.length).reduce(0, Math::addExact)];
    ends = new int[tokens.size()];
    table = new int[Integer.highestOneBit(Math.max(1, tokens.size())) * 4];
    Arrays.fill(table, NONE);
    int end = 0;
    int max = 0;
    for (int id = 0; id < ends.length; id++) {
      byte[] token = tokens.get(id);
      System.arraycopy(token, 0, texts, end, token.length);
      end += token.length;
      ends[id] = end;
      max = Math.max(max, token.length);
      int slot = slot(token, 0, token.length);
      if (table[slot] == NONE) {
        table[slot] = id;
      }
    }
    longest = max;
  }

  int size() {
    return ends.length;
  }

  /** Returns the length of the longest text in bytes. */
  int longest() {
    return longest;
  }

  byte[] text(int id) {
    return Arrays.copyOfRange(texts, start(id), ends[id]);
  }

  /** Returns the id of a token, or {@link #NONE}. */
  int find(byte[] text, int from, int to) {
    return table[slot(text, from, to)];
  }

  int find(byte[] text) {
    return find(text, 0, text.length);
  }

  private int start(int id) {
    return id == 0 ? 0 : ends[id - 1];
  }

  /** Returns the slot of the token with this text, or the empty slot where it belongs. */
  private int slot(byte[] text, int from, int to) {
    long hash = 1;
    for (int i = from; i < to; i++) {
      hash = (Long.rotateLeft(hash, 23) ^ text[i]) * multiplier;
    }
    int mask = table.length - 1;
    int slot = (int) (hash >>> 32) & mask;
    while (table[slot] != NONE && !has(table[slot], text, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean has(int id, byte[] text, int from, int to) {
    return Arrays.equals(texts, start(id), ends[id], text, from, to);
  }
}
