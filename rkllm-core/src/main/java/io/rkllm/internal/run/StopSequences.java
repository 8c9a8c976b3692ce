package io.rkllm.internal.run;

import java.util.List;

/**
 * Searches an answer for texts that end it, even across tokens. Text that may be the beginning of
 * one is withheld until this is decided. The match that begins first counts, so that the visible
 * text does not depend on how it is divided into tokens. Not thread-safe.
 */
final class StopSequences {
  private final List<String> sequences;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopSequences(List<String> sequences) {
    this.sequences = sequences;
  }

  /** Adds text and returns the text that can be shown. */
  String accept(String text) {
    if (sequences.isEmpty()) {
      return text;
    }
    held.append(text);
    int undecided = held.length() - longestBeginning();
    int match = firstMatch();
    if (match >= 0 && match <= undecided) {
      return flush();
    }
    String visible =
        held.substring(0, undecided); // also before a match, which an earlier one may replace
    held.delete(0, undecided);
    return visible;
  }

  /** Returns whether a stop sequence was found. The answer ends with the text returned last. */
  boolean found() {
    return found;
  }

  /** Returns whether text is withheld. */
  boolean isWithholding() {
    return !held.isEmpty();
  }

  /** Returns the withheld text, up to a match if there is one, because the answer has ended. */
  String flush() {
    int match = firstMatch();
    found |= match >= 0;
    String rest = held.substring(0, match >= 0 ? match : held.length());
    held.setLength(0);
    return rest;
  }

  private int firstMatch() {
    int first = -1;
    for (String sequence : sequences) {
      int at = held.indexOf(sequence);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** Returns the number of characters at the end that may be the beginning of a sequence. */
  private int longestBeginning() {
    int longest = 0;
    for (String sequence : sequences) {
      for (int length = Math.min(sequence.length() - 1, held.length());
          length > longest;
          length--) {
        if (endsWith(sequence, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private boolean endsWith(String sequence, int length) {
    int start = held.length() - length;
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != sequence.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
