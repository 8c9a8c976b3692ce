package io.rkllm.internal.run;

import java.util.List;

/**
 * Looks for texts that end an answer, also across tokens. What may be the beginning of one is held
 * back until it is known. The one that begins first counts, so that what is shown does not depend
 * on how the text is cut into tokens. Used by one thread.
 */
final class StopSequences {
  private final List<String> sequences;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopSequences(List<String> sequences) {
    this.sequences = sequences;
  }

  /** Takes more text and gives what of it can be shown by now. */
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
    String visible = held.substring(0, undecided); // before a match, too, that may yet be overtaken
    held.delete(0, undecided);
    return visible;
  }

  /** Whether one of them has come: the answer ends with the text given last. */
  boolean found() {
    return found;
  }

  /** Whether something is held back. */
  boolean holdsBack() {
    return !held.isEmpty();
  }

  /** The answer has ended: what was held back is text after all, up to a match if there is one. */
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

  /** How many characters at the end may be the beginning of a sequence. */
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
