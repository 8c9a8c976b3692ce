package io.rkllm.tools.parser;

/** Counts the brackets that are open outside of strings in double quotes. */
final class Brackets {
  private int depth;
  private boolean inString;
  private boolean escaped;
  private boolean lineIsBlank;

  Brackets() {}

  Brackets(int depth) {
    this.depth = depth;
  }

  void accept(char c) {
    lineIsBlank = c == '\n' || (lineIsBlank && (c == ' ' || c == '\t' || c == '\r'));
    if (escaped) {
      escaped = false;
    } else if (inString) {
      escaped = c == '\\';
      inString = c != '"';
    } else {
      switch (c) {
        case '"' -> inString = true;
        case '{', '[', '(' -> depth++;
        case '}', ']', ')' -> depth--;
        default -> {}
      }
    }
  }

  boolean areClosed() {
    return depth <= 0;
  }

  /** Returns whether this character ends an empty line. */
  boolean endsParagraph(char c) {
    return c == '\n' && lineIsBlank;
  }
}
