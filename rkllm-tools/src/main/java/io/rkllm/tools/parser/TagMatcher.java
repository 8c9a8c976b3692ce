package io.rkllm.tools.parser;

/**
 * Finds a tag in a stream of characters. The first character of the tag must not occur in it again,
 * or must fill it.
 */
final class TagMatcher {
  private final String tag;
  private int matched;

  TagMatcher(String tag) {
    this.tag = tag;
  }

  /** Takes the next character and returns whether the tag is complete with it. */
  boolean accept(char c) {
    matched = continuesWith(c) ? matched + 1 : Tags.same(tag.charAt(0), c) ? 1 : 0;
    if (matched == tag.length()) {
      matched = 0;
      return true;
    }
    return false;
  }

  /** Returns whether this character continues or begins the tag. */
  boolean continuesWith(char c) {
    return Tags.same(tag.charAt(matched), c);
  }

  /** Returns whether this character completes the tag. */
  boolean completesWith(char c) {
    return matched == tag.length() - 1 && continuesWith(c);
  }

  /** Returns the number of characters of the tag that have been matched. */
  int matched() {
    return matched;
  }
}
