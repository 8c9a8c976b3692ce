package io.rkllm.tokenizer;

import java.util.BitSet;
import java.util.NavigableMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Finds tokens that are extracted from a text before it is divided further: the leftmost first and,
 * among those that begin at the same position, the longest.
 */
final class ControlTokens {
  /**
   * The maximum length of a control token in characters; longer ones would make the search slow.
   */
  private static final int MAX_LENGTH = 256;

  private final String[] texts; // sorted
  private final int[] ids;
  private final BitSet firstChars = new BitSet();

  /**
   * @param tokens the ids by text
   */
  ControlTokens(NavigableMap<String, Integer> tokens) {
    tokens.keySet().removeIf(text -> text.isEmpty() || text.length() > MAX_LENGTH);
    texts = tokens.keySet().toArray(String[]::new);
    ids = tokens.values().stream().mapToInt(Integer::intValue).toArray();
    for (String text : texts) {
      firstChars.set(text.charAt(0));
    }
  }

  /** Passes on the tokens in a text, and the text between them, from left to right. */
  void split(String text, IntConsumer tokens, Consumer<String> between) {
    int begin = 0;
    for (int i = 0; i < text.length(); ) {
      int found = firstChars.get(text.charAt(i)) ? longestAt(text, i) : Vocabulary.NONE;
      if (found == Vocabulary.NONE) {
        i++;
        continue;
      }
      if (begin < i) {
        between.accept(text.substring(begin, i));
      }
      tokens.accept(ids[found]);
      i += texts[found].length();
      begin = i;
    }
    if (begin < text.length()) {
      between.accept(text.substring(begin));
    }
  }

  /**
   * Returns the longest token at a position, by narrowing the sorted texts character by character.
   */
  private int longestAt(String text, int at) {
    int from = 0;
    int to = texts.length;
    int longest = Vocabulary.NONE;
    for (int depth = 0; from < to && at + depth < text.length(); depth++) {
      char wanted = text.charAt(at + depth);
      from = firstNotBelow(from, to, depth, wanted);
      to = firstNotBelow(from, to, depth, wanted + 1);
      if (from < to && texts[from].length() == depth + 1) {
        longest = from;
        from++;
      }
    }
    return longest;
  }

  /**
   * Returns the first of the texts, which agree up to a depth, whose next character is not less.
   */
  private int firstNotBelow(int from, int to, int depth, int wanted) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (texts[middle].charAt(depth) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
