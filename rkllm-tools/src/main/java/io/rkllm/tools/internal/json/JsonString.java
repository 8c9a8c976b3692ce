package io.rkllm.tools.internal.json;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer.Target;

/**
 * A string after its opening quote, which is passed on as strict JSON at once.
 *
 * <p>It holds back a closing quote other than {@code "} and the blanks after it, because such a
 * quote may be an apostrophe: it ends the string only if what must follow the string follows it.
 */
final class JsonString implements JsonToken {
  private final Target target;
  private final char quote; // that ends it
  private final boolean isKey;
  private final StringBuilder content = new StringBuilder(); // of a key
  private final StringBuilder held = new StringBuilder(); // see above; in an escape, its digits
  private State state = State.TEXT;
  private boolean isEmpty = true;
  private char high; // a surrogate that waits for its other half

  private enum State {
    TEXT,
    ESCAPE,
    HEX,
    QUOTE // a quote and blanks are held back
  }

  JsonString(char first, boolean isKey, Target target) {
    this.isKey = isKey;
    this.target = target;
    quote =
        switch (first) {
          case '“', '”' -> '”';
          case '‘', '’' -> '’';
          case '`' -> '´';
          default -> first;
        };
    if (first == '\'') {
      target.repaired(Repair.SINGLE_QUOTES);
    } else if (first != '"') {
      target.repaired(Repair.TYPOGRAPHIC_QUOTES);
    }
    target.write('"');
  }

  /** Returns whether a character opens a string wherever one may stand. */
  static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '“' || c == '”' || c == '‘' || c == '’';
  }

  /** Returns whether the string continues, whatever the next character is. */
  boolean isOpen() {
    return state != State.QUOTE;
  }

  /** Returns the content, escaped as in JSON, if the string is a key. */
  String content() {
    return content.toString();
  }

  /** Returns the blanks after the closing quote that have been accepted. */
  String blanks() {
    return held.isEmpty() ? "" : held.substring(1);
  }

  @Override
  public Step accept(char c) {
    return switch (state) {
      case TEXT -> text(c);
      case ESCAPE -> escaped(c);
      case HEX -> hex(c);
      case QUOTE -> afterQuote(c);
    };
  }

  @Override
  public void end(boolean terminated) {
    if (state != State.QUOTE) {
      throw new MalformedJsonException("it ends inside a string");
    }
    target.write('"');
  }

  private boolean isClosing(char c) {
    return c == quote || (quote == '´' && c == '`');
  }

  private Step text(char c) {
    if (high != 0 && Character.isLowSurrogate(c)) {
      write(high);
      write(c);
      high = 0;
      return Step.MORE;
    }
    loneSurrogate();
    if (c == '\\') {
      state = State.ESCAPE;
    } else if (c == '"' && quote == '"') {
      target.write(c);
      return Step.LAST;
    } else if (isClosing(c)) {
      held.append(c);
      state = State.QUOTE;
    } else if (c == '"') {
      write("\\\"");
    } else if (Character.isHighSurrogate(c)) {
      high = c;
    } else if (c < ' ' || Character.isLowSurrogate(c)) {
      control(c);
    } else {
      write(c);
    }
    return Step.MORE;
  }

  private void loneSurrogate() {
    if (high != 0) {
      char lone = high;
      high = 0;
      control(lone);
    }
  }

  private void control(char c) {
    target.repaired(Repair.UNESCAPED_CONTROL);
    write(
        switch (c) {
          case '\n' -> "\\n";
          case '\r' -> "\\r";
          case '\t' -> "\\t";
          default -> "\\u%04x".formatted((int) c);
        });
  }

  private Step escaped(char c) {
    state = State.TEXT;
    switch (c) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> write("\\" + c);
      case 'u' -> state = State.HEX;
      case '\'' -> {
        if (quote == '"') {
          target.repaired(Repair.INVALID_ESCAPE); // what is quoted by ' needs it
        }
        write(c);
      }
      default -> {
        target.repaired(Repair.INVALID_ESCAPE); // a backslash that was meant as one
        write("\\\\");
        return text(c);
      }
    }
    return Step.MORE;
  }

  private Step hex(char c) {
    boolean isDigit = c < 128 && Character.digit(c, 16) >= 0;
    if (isDigit) {
      held.append(c);
      if (held.length() < 4) {
        return Step.MORE;
      }
    } else {
      target.repaired(Repair.INVALID_ESCAPE);
      write("\\");
    }
    write("\\u" + held);
    held.setLength(0);
    state = State.TEXT;
    return isDigit ? Step.MORE : text(c);
  }

  /** Decides whether a quote ends its string, which depends on the text after it. */
  private Step afterQuote(char c) {
    char next = JsonSeparators.ascii(c);
    if (JsonSeparators.isBlank(next)) {
      held.append(c);
      return Step.MORE;
    }
    if (isKey ? next == ':' : ",}])".indexOf(next) >= 0) {
      target.write('"');
      return Step.BEFORE;
    }
    boolean afterBlank = held.length() > 1;
    boolean mayBeginAnother = (isQuote(c) || isClosing(c)) && (afterBlank || isEmpty);
    JsonRepairer.expect(c != '+' && !mayBeginAnother, c, "what follows a string");
    String text = held.toString();
    held.setLength(0);
    state = State.TEXT;
    write(text.charAt(0));
    for (int i = 1; i < text.length(); i++) {
      text(text.charAt(i));
    }
    return text(c);
  }

  private void write(char c) {
    isEmpty = false;
    target.write(c);
    if (isKey) {
      content.append(c);
    }
  }

  private void write(String text) {
    for (int i = 0; i < text.length(); i++) {
      write(text.charAt(i));
    }
  }
}
