package io.rkllm.tools.internal.json;

/**
 * An object that is escaped like the inside of a string, <code>{\"a\": 1}</code>, after its first
 * backslash.
 */
final class EscapedQuotes {
  private final JsonRepairer json;
  private final int depth;
  private boolean afterBackslash = true;

  /** {@code depth}: the depth inside the object. */
  EscapedQuotes(JsonRepairer json, int depth) {
    this.json = json;
    this.depth = depth;
  }

  int depth() {
    return depth;
  }

  /** Removes the escape of the next character, if it has one, and passes it on. */
  void accept(char c) {
    if (!afterBackslash) {
      JsonRepairer.expect(c != '"', c, "a backslash");
      afterBackslash = c == '\\';
      if (!afterBackslash) {
        json.read(c);
      }
      return;
    }
    afterBackslash = false;
    if (c == '"' || c == '\\') {
      json.read(c);
    } else if (json.inString()) {
      json.read('\\');
      json.read(c);
    } else {
      JsonRepairer.expect(c == 'n' || c == 'r' || c == 't', c, "a quote");
      json.read(' ');
    }
  }
}
