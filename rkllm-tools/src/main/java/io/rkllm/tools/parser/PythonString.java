package io.rkllm.tools.parser;

import io.rkllm.tools.internal.json.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Python string literal after its first quote. An apostrophe between two letters does not
 * end a string in single quotes, although Python requires a backslash there.
 */
final class PythonString {
  static final PythonString NONE = new PythonString('"', false, false);

  private final char quote;
  private final boolean raw;
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder escape = new StringBuilder(); // behind its backslash
  private boolean open;
  private boolean triple;
  private boolean escaped;
  private boolean lineBreak;
  private int quotes; // in a row, the last characters

  private PythonString(char quote, boolean raw, boolean open) {
    this.quote = quote;
    this.raw = raw;
    this.open = open;
  }

  static PythonString open(char quote, boolean raw) {
    return new PythonString(quote, raw, true);
  }

  boolean isOpen() {
    return open;
  }

  /** Returns whether the string has ended with the last character, if no letter follows. */
  boolean mayEnd() {
    return !triple && quotes > 0;
  }

  /** Returns whether the string has a line break where Python does not allow one. */
  boolean hasLineBreak() {
    return lineBreak;
  }

  /** Returns whether the string ended before the last character. */
  boolean isBehind() {
    return !triple;
  }

  /**
   * Takes the next character.
   *
   * @return the text of the string, if that is known to have ended; otherwise null
   */
  @Nullable String accept(char c) {
    if (escaped) {
      inEscape(c);
      return null;
    }
    if (triple) {
      return inTriple(c);
    }
    if (quotes > 0) {
      return behindQuote(c);
    }
    if (c == quote) {
      quotes = 1;
    } else {
      lineBreak |= c == '\n';
      content(c);
    }
    return null;
  }

  private @Nullable String behindQuote(char c) {
    if (c == quote && text.isEmpty()) { // nothing between three quotes: they are the first ones
      triple = true;
      quotes = 0;
      return null;
    }
    if (quote == '\'' && Character.isLetter(c) && !text.isEmpty()) {
      text.append(quote);
      quotes = 0;
      content(c);
      return null;
    }
    if (c == '"' || c == '\'') {
      throw new MalformedJsonException("two strings follow each other");
    }
    open = false;
    return text.toString();
  }

  private @Nullable String inTriple(char c) {
    if (c != quote) {
      quotes = 0;
      content(c);
      return null;
    }
    text.append(c);
    if (++quotes < 3) {
      return null;
    }
    open = false;
    return text.substring(0, text.length() - 3);
  }

  /** Returns the text if the string ends with the last character, or null. */
  @Nullable String end() {
    return mayEnd() ? text.toString() : null;
  }

  private void content(char c) {
    if (c == '\\') {
      escaped = true;
      escape.setLength(0);
    } else {
      text.append(c);
    }
  }

  private void inEscape(char c) {
    if (raw) {
      text.append('\\').append(c);
      escaped = false;
      return;
    }
    escape.append(c);
    char kind = escape.charAt(0);
    int digits =
        switch (kind) {
          case 'x' -> 2;
          case 'u' -> 4;
          case 'U' -> 8;
          default -> 0;
        };
    if (escape.length() > 1 && (c > 127 || Character.digit(c, 16) < 0)) {
      throw new MalformedJsonException("an escape has the character " + c);
    }
    if (escape.length() <= digits) {
      return;
    }
    escaped = false;
    if (digits > 0) {
      codePoint(Integer.parseUnsignedInt(escape, 1, escape.length(), 16));
    } else {
      single(kind);
    }
  }

  private void codePoint(int c) {
    if (!Character.isValidCodePoint(c)) {
      throw new MalformedJsonException("an escape stands for no character");
    }
    text.appendCodePoint(c);
  }

  private void single(char c) {
    switch (c) {
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'a' -> text.append('\u0007');
      case 'v' -> text.append('\u000b');
      case '0' -> text.append('\0');
      case '\n' -> {} // the literal continues in the next line
      case '\\', '\'', '"' -> text.append(c);
      default -> text.append('\\').append(c);
    }
  }
}
