package io.rkllm.tools.parser;

/**
 * Looks for a tag in a stream of characters. Its first character must not come in it again, or fill
 * it.
 */
final class TagMatcher {
  private final String tag;
  private int matched;

  TagMatcher(String tag) {
    this.tag = tag;
  }

  /** Takes the next character and says whether the tag is complete with it. */
  boolean accept(char c) {
    matched = c == tag.charAt(matched) ? matched + 1 : c == tag.charAt(0) ? 1 : 0;
    if (matched == tag.length()) {
      matched = 0;
      return true;
    }
    return false;
  }

  /** Whether this character would go on, or begin, the tag. */
  boolean continuesWith(char c) {
    return c == tag.charAt(matched);
  }

  /** How much of the tag has come. */
  int matched() {
    return matched;
  }

  String tag() {
    return tag;
  }
}
