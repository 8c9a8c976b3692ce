package io.rkllm.tools.internal.json;

/** Commas, colons, and spaces outside of ASCII, which models write between values. */
final class JsonSeparators {
  private JsonSeparators() {}

  /** Returns the separator that a character stands for, or the character itself. */
  static char ascii(char c) {
    return switch (c) {
      case '，' -> ',';
      case '：' -> ':';
      case '\u180e', '\u200b', '\ufeff' -> ' '; // no spaces to Character, but invisible
      default -> c > 127 && Character.isSpaceChar(c) ? ' ' : c;
    };
  }

  static boolean isBlank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
  }
}
