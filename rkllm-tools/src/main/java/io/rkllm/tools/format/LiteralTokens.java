package io.rkllm.tools.format;

import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The control tokens of a vocabulary. They are found in a time that does not depend on their
 * number, because files come from anybody.
 */
final class LiteralTokens {
  static final LiteralTokens NONE = new LiteralTokens(Stream.of());

  /** The tokenizer does not find longer ones either. */
  private static final int MAX_LENGTH = 256;

  private final Set<String> tokens;
  private final TreeSet<Integer> lengths = new TreeSet<>();
  private final BitSet firstChars = new BitSet();

  LiteralTokens(Stream<String> tokens) {
    this.tokens =
        tokens
            .filter(token -> token.length() <= MAX_LENGTH)
            .collect(Collectors.toUnmodifiableSet());
    for (String token : this.tokens) {
      lengths.add(token.length());
      firstChars.set(token.charAt(0));
    }
  }

  /** Returns the positions at which a token starts, also those of tokens that overlap. */
  BitSet starts(String text) {
    BitSet starts = new BitSet();
    for (int i = 0; i < text.length(); i++) {
      if (firstChars.get(text.charAt(i)) && startsAt(text, i)) {
        starts.set(i);
      }
    }
    return starts;
  }

  private boolean startsAt(String text, int at) {
    for (int length : lengths.headSet(text.length() - at, /* inclusive= */ true)) {
      if (tokens.contains(text.substring(at, at + length))) {
        return true;
      }
    }
    return false;
  }
}
