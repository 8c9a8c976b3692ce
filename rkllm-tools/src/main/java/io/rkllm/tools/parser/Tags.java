package io.rkllm.tools.parser;

/**
 * Compares tags with what models write. DeepSeek's tags have characters that models replace: {@code
 * ｜} is also read as {@code |}, and {@code ▁} as {@code _} or a space.
 */
final class Tags {
  private Tags() {}

  /** Returns whether a written character matches a character of a tag. */
  static boolean same(char tag, char written) {
    return tag == written
        || (tag == '｜' && written == '|')
        || (tag == '▁' && (written == '_' || written == ' '));
  }

  /** Returns whether a text begins with a tag. */
  static boolean beginsWith(CharSequence text, String tag) {
    return text.length() >= tag.length() && overlap(text, tag);
  }

  /** Returns whether a text is the beginning of a tag, but not all of it. */
  static boolean isPartOf(CharSequence text, String tag) {
    return text.length() < tag.length() && overlap(text, tag);
  }

  private static boolean overlap(CharSequence text, String tag) {
    int length = Math.min(text.length(), tag.length());
    for (int i = 0; i < length; i++) {
      if (!same(tag.charAt(i), text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
