package io.rkllm.tools.parser;

/** Decodes a strict JSON string, including its quotes. */
final class StringDecoder {
  private final CharSink target;
  private State state = State.START;
  private int unit; // of \\uXXXX, as far as it is known
  private int hexDigits;

  private enum State {
    START,
    TEXT,
    ESCAPE,
    HEX,
    END
  }

  StringDecoder(CharSink target) {
    this.target = target;
  }

  void accept(char c) {
    switch (state) {
      case START -> state = State.TEXT;
      case TEXT -> {
        if (c == '\\') {
          state = State.ESCAPE;
        } else if (c == '"') {
          state = State.END;
        } else {
          target.write(c);
        }
      }
      case ESCAPE -> escaped(c);
      case HEX -> {
        unit = unit << 4 | Character.digit(c, 16);
        if (++hexDigits == 4) {
          state = State.TEXT;
          target.write((char) unit);
        }
      }
      case END -> {} // blanks
    }
  }

  private void escaped(char c) {
    if (c == 'u') {
      unit = 0;
      hexDigits = 0;
      state = State.HEX;
      return;
    }
    state = State.TEXT;
    target.write(
        switch (c) {
          case 'b' -> '\b';
          case 'f' -> '\f';
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          default -> c;
        });
  }
}
