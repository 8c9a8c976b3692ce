package io.rkllm.tools.internal.json;

/** A comment in the style of C or Python, after its first character. */
final class JsonComment implements JsonToken {
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

  @Override
  public Step accept(char c) {
    return switch (state) {
      case SLASH -> {
        JsonRepairer.expect(c == '/' || c == '*', c, "the beginning of a comment");
        state = c == '/' ? State.LINE : State.BLOCK;
        yield Step.MORE;
      }
      case LINE -> c == '\n' ? Step.LAST : Step.MORE;
      case BLOCK, ASTERISK -> {
        boolean ends = c == '/' && state == State.ASTERISK;
        state = c == '*' ? State.ASTERISK : State.BLOCK;
        yield ends ? Step.LAST : Step.MORE;
      }
    };
  }

  /** Fails in any case: the comment may have hidden the rest of the value. */
  @Override
  public void end(boolean terminated) {
    throw new MalformedJsonException("it ends inside a comment");
  }
}
