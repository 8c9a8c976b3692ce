package io.rkllm.tools.internal.json;

/** A comment in the style of C or Python, after its first character. */
final class JsonComment {
  private State state;

  private enum State {
    SLASH, // the next character shows which kind it is
    LINE,
    BLOCK,
    ASTERISK // in a block, which a slash ends
  }

  /** {@code first}: a slash, or {@code #}. */
  JsonComment(char first) {
    state = first == '#' ? State.LINE : State.SLASH;
  }

  /** Takes the next character, and returns whether the comment ends with it. */
  boolean accept(char c) {
    return switch (state) {
      case SLASH -> {
        JsonRepairer.expect(c == '/' || c == '*', c, "the beginning of a comment");
        state = c == '/' ? State.LINE : State.BLOCK;
        yield false;
      }
      case LINE -> c == '\n';
      case BLOCK, ASTERISK -> {
        boolean ends = c == '/' && state == State.ASTERISK;
        state = c == '*' ? State.ASTERISK : State.BLOCK;
        yield ends;
      }
    };
  }

  /** Returns whether the comment may end where the text does. */
  boolean endsWithText() {
    return state == State.LINE;
  }
}
