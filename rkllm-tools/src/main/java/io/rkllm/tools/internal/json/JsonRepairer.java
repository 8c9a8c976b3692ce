package io.rkllm.tools.internal.json;

import io.rkllm.tools.event.Repair;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON value, character by character, and passes it on as strict JSON at once.
 * Unambiguous errors that are typical of small models are repaired; strict JSON is passed on
 * unchanged. Any other input throws {@link MalformedJsonException}.
 *
 * <p>Strings, words, and comments are {@linkplain JsonToken tokens}, which read themselves; this
 * class reads what stands between them. Besides what a token holds back, it holds back at most a
 * comma with the blanks after it.
 */
public final class JsonRepairer {
  private static final int NAMED_DEPTH = 2; // keys below it are of no interest to a target

  private static final char OPEN_TUPLE = '('; // in place of a closer, until there is a comma

  private final Target target;
  private final int maxDepth;
  private final StringBuilder closers = new StringBuilder(); // of what is open, outermost first
  private final StringBuilder held = new StringBuilder(); // see the class comment
  private State state = State.VALUE;
  private @Nullable JsonToken token; // being read
  private boolean isKey; // the token is a key
  private boolean afterBlank; // a blank stands before this character
  private @Nullable EscapedQuotes escaped; // while in an object whose quotes are escaped

  /** Takes the strict JSON. A depth is how many containers are open around something. */
  public interface Target {
    /** Called when a key is complete; called down to depth 2 only. */
    default void key(int depth, String key) {}

    /** Called when a value begins, before its first character. */
    default void valueBegins(int depth) {}

    /** Called when a value is complete. */
    default void valueEnded(int depth) {}

    /** Accepts the next character. */
    void write(char c);

    /** Reports a repair. */
    void repaired(Repair repair);
  }

  private enum State {
    VALUE,
    ITEM_OR_END,
    NEXT_ITEM, // behind a comma that is held back
    KEY_OR_END,
    NEXT_KEY, // behind a comma that is held back
    COLON,
    AFTER_VALUE,
    WRONG_END, // behind a bracket that is right only if nothing follows
    DONE
  }

  /** Creates a repairer for values of at most this depth. */
  public JsonRepairer(int maxDepth, Target target) {
    this.maxDepth = maxDepth;
    this.target = target;
  }

  /**
   * Repairs a complete value and returns it as strict JSON.
   *
   * @throws MalformedJsonException if it cannot be repaired
   */
  public static String repair(String json, int maxDepth) {
    return repair(json, maxDepth, false);
  }

  /**
   * Repairs a complete value and returns it as strict JSON.
   *
   * @param terminated whether nothing can have been cut off
   * @throws MalformedJsonException if it cannot be repaired
   */
  public static String repair(String json, int maxDepth, boolean terminated) {
    StringBuilder strict = new StringBuilder();
    JsonRepairer repairer =
        new JsonRepairer(
            maxDepth,
            new Target() {
              @Override
              public void write(char c) {
                strict.append(c);
              }

              @Override
              public void repaired(Repair repair) {}
            });
    for (int i = 0; i < json.length(); i++) {
      repairer.accept(json.charAt(i));
    }
    repairer.end(terminated);
    return strict.toString();
  }

  /**
   * Takes the next character.
   *
   * @return whether the value is complete with it
   */
  public boolean accept(char c) {
    if (escaped != null) {
      escaped.accept(c);
      if (depth() < escaped.depth()) {
        escaped = null;
      }
    } else if (c == '\\' && state == State.KEY_OR_END && token == null) {
      target.repaired(Repair.ESCAPED_QUOTES);
      escaped = new EscapedQuotes(this, depth());
    } else {
      read(c);
    }
    return state == State.DONE;
  }

  /** Takes a character whose escapes, if the whole object is escaped, have been removed. */
  void read(char c) {
    if (token != null) {
      JsonToken.Step step = token.accept(c);
      if (step != JsonToken.Step.MORE) {
        tokenEnded(token);
      }
      if (step != JsonToken.Step.BEFORE) {
        return;
      }
    }
    between(c);
  }

  /**
   * Returns whether the next character would be part of a string, where any character is allowed.
   */
  public boolean inString() {
    return token instanceof JsonString string && string.isOpen();
  }

  /**
   * Ends the input and closes open containers.
   *
   * @param terminated whether a closing tag follows, so that nothing can have been cut off
   */
  public void end(boolean terminated) {
    if (token != null) {
      token.end(terminated);
      tokenEnded(token);
    }
    switch (state) {
      case DONE -> {
        return;
      }
      case AFTER_VALUE, KEY_OR_END, ITEM_OR_END -> {}
      case NEXT_KEY, NEXT_ITEM -> {
        if (!terminated) {
          throw new MalformedJsonException("it ends behind a comma");
        }
        dropComma();
      }
      case WRONG_END -> {
        if (!terminated) {
          throw new MalformedJsonException("it ends behind the wrong bracket");
        }
      }
      case COLON -> throw new MalformedJsonException("it ends behind a key");
      case VALUE -> throw new MalformedJsonException("it ends where a value should be");
    }
    target.repaired(Repair.MISSING_BRACE);
    closeDownTo(0);
  }

  // ---- Tokens

  private void tokenEnded(JsonToken ended) {
    token = null;
    switch (ended) {
      case JsonComment comment -> {
        target.repaired(Repair.COMMENT);
        blank(' ');
      }
      case JsonString string -> {
        if (isKey) {
          keyEnded(string.content());
        } else {
          valueEnded();
        }
        if (state != State.DONE) {
          string.blanks().chars().forEach(blank -> between((char) blank));
        }
      }
      case JsonWord word when isKey -> {
        target.repaired(Repair.UNQUOTED_KEY);
        write('"' + word.text() + '"');
        keyEnded(word.text());
      }
      case JsonWord word -> {
        write(word.strict(target));
        valueEnded();
      }
    }
  }

  private void keyEnded(String key) {
    if (depth() <= NAMED_DEPTH) {
      target.key(depth(), key);
    }
    afterBlank = false;
    state = State.COLON;
  }

  private void valueEnded() {
    target.valueEnded(depth());
    afterBlank = false;
    state = closers.isEmpty() ? State.DONE : State.AFTER_VALUE;
  }

  // ---- Between tokens

  private void between(char c) {
    char separator = JsonSeparators.ascii(c);
    if (separator != c) {
      target.repaired(Repair.UNICODE_SEPARATOR);
      between(separator);
      return;
    }
    if (state == State.DONE) {
      throw new MalformedJsonException("there is something behind its end: " + shown(c));
    }
    if (JsonSeparators.isBlank(c)) {
      blank(c);
    } else if (c == '/' || c == '#') {
      token = new JsonComment(c);
    } else {
      structure(c);
    }
  }

  private void structure(char c) {
    switch (state) {
      case ITEM_OR_END, NEXT_ITEM, KEY_OR_END, NEXT_KEY -> {
        if (isCloser(c)) {
          dropComma();
          close(c);
        } else if (inObject()) {
          key(c);
        } else {
          value(c);
        }
      }
      case COLON -> {
        expect(c == ':', c, "a colon");
        target.write(c);
        state = State.VALUE;
      }
      case AFTER_VALUE -> afterValue(c);
      case WRONG_END -> expect(isBracket(c), c, "the end");
      default -> value(c);
    }
  }

  private void blank(char c) {
    afterBlank = true;
    if (held.isEmpty()) {
      target.write(c);
    } else {
      held.append(c);
    }
  }

  private void afterValue(char c) {
    if (c == ',') {
      held.append(c);
      state = inObject() ? State.NEXT_KEY : State.NEXT_ITEM;
      if (top() == OPEN_TUPLE) {
        closers.setCharAt(depth() - 1, ')');
      }
    } else if (isNext(c)) {
      target.repaired(Repair.MISSING_COMMA);
      target.write(',');
      if (inObject()) {
        key(c);
      } else {
        value(c);
      }
    } else if (isCloser(c)) {
      close(c);
    } else {
      expect(isBracket(c), c, "a comma or a closing bracket");
      closeInner(c);
    }
  }

  /** Returns whether this character begins another key or item, before which a comma is missing. */
  private boolean isNext(char c) {
    if (JsonString.isQuote(c)) {
      return true;
    }
    return (!inObject() && (c == '{' || c == '['))
        || (afterBlank && (inObject() ? JsonWord.isKeyPart(c) : JsonWord.isWordPart(c)));
  }

  /**
   * Closes what is open inside the container that this bracket closes. If the whole value would end
   * with that, or nothing fits the bracket, it may be the wrong one, and nothing may follow it.
   */
  private void closeInner(char c) {
    int outer = depth() - 1;
    while (outer > 1 && closers.charAt(outer - 1) != c) {
      outer--;
    }
    if (outer > 1) {
      target.repaired(Repair.MISSING_BRACE);
      closeDownTo(outer);
      close(c);
    } else {
      state = State.WRONG_END;
    }
  }

  private void value(char c) {
    isKey = false;
    begin();
    target.valueBegins(depth());
    if (c == '{' || c == '[' || c == '(') {
      open(c);
    } else if (JsonString.isQuote(c) || c == '`') {
      token = new JsonString(c, false, target);
    } else {
      expect(JsonWord.isWordPart(c), c, "a value");
      token = new JsonWord(c, false);
    }
  }

  private void key(char c) {
    isKey = true;
    begin();
    if (JsonString.isQuote(c) || c == '`') {
      token = new JsonString(c, true, target);
    } else {
      expect(JsonWord.isKeyPart(c), c, "a key in double quotes");
      token = new JsonWord(c, true);
    }
  }

  private void begin() {
    write(held.toString());
    held.setLength(0);
  }

  private void dropComma() {
    if (!held.isEmpty()) {
      held.deleteCharAt(0);
      begin();
      target.repaired(Repair.TRAILING_COMMA);
    }
  }

  // ---- Containers

  private int depth() {
    return closers.length();
  }

  private char top() {
    return closers.charAt(depth() - 1);
  }

  private boolean inObject() {
    return top() == '}';
  }

  private static boolean isBracket(char c) {
    return c == '}' || c == ']' || c == ')';
  }

  /** Returns whether this bracket closes the innermost container. */
  private boolean isCloser(char c) {
    return top() == OPEN_TUPLE ? c == ')' && state == State.ITEM_OR_END : c == top();
  }

  private void open(char c) {
    if (depth() == maxDepth) {
      throw new MalformedJsonException("it is nested deeper than " + maxDepth + " levels");
    }
    if (c == OPEN_TUPLE) {
      target.repaired(Repair.PYTHON_LITERAL);
    }
    closers.append(c == '{' ? '}' : c == '[' ? ']' : OPEN_TUPLE);
    target.write(c == '{' ? c : '[');
    state = c == '{' ? State.KEY_OR_END : State.ITEM_OR_END;
  }

  private void close(char c) {
    closers.setLength(depth() - 1);
    target.write(c == '}' ? c : ']');
    valueEnded();
  }

  private void closeDownTo(int outer) {
    while (depth() > outer) {
      expect(top() != OPEN_TUPLE, OPEN_TUPLE, "a value without parentheses");
      close(top());
    }
  }

  private void write(String text) {
    for (int i = 0; i < text.length(); i++) {
      target.write(text.charAt(i));
    }
  }

  /** Throws if a condition on a character is not met. */
  static void expect(boolean met, char c, String what) {
    if (!met) {
      throw new MalformedJsonException("expected " + what + " instead of " + shown(c));
    }
  }

  private static String shown(char c) {
    return c > ' ' && !Character.isSurrogate(c) ? "'" + c + "'" : "U+%04X".formatted((int) c);
  }
}
