package io.rkllm.tools.internal.json;

import io.rkllm.tools.event.Repair;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON value, character by character, and passes it on as strict JSON at once.
 * Unambiguous errors that are typical of small models are repaired; strict JSON is passed on
 * unchanged. Any other input throws {@link MalformedJsonException}.
 *
 * <p>It holds back at most a comma with the blanks after it, a word, or an apostrophe that may end
 * a string.
 */
public final class JsonRepairer {
  private static final int NAMED_DEPTH = 2; // keys below it are of no interest to anybody

  private final Target target;
  private final int maxDepth;
  private final BitSet objects = new BitSet(); // for each depth: an object, or else an array
  private final StringBuilder held = new StringBuilder(); // see the class comment
  private final StringBuilder key = new StringBuilder();
  private int depth;
  private State state = State.VALUE;
  private boolean isKey; // what is read is a key
  private char quote; // what ends the string
  private @Nullable JsonComment comment; // which is being read
  private boolean afterBlank; // a blank stands between the last value and this
  private int hexDigits;
  private char high; // a surrogate that waits for its other half
  private int escapedFrom; // the depth of an object whose quotes are escaped; 0 outside of one
  private boolean backslash; // of an escape in that object

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
    STRING,
    ESCAPE,
    HEX,
    QUOTE, // an apostrophe and blanks are held back
    WORD,
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
    if (escapedFrom > 0) {
      inEscaped(c);
    } else if (c == '\\' && state == State.KEY_OR_END && comment == null) {
      target.repaired(Repair.ESCAPED_QUOTES);
      escapedFrom = depth;
      backslash = true;
    } else {
      read(c);
    }
    return state == State.DONE;
  }

  private void read(char c) {
    if (comment != null) {
      inComment(comment, c);
      return;
    }
    switch (state) {
      case STRING -> inString(c);
      case ESCAPE -> escaped(c);
      case HEX -> hex(c);
      case QUOTE -> afterQuote(c);
      case WORD -> inWord(c);
      case DONE ->
          throw new MalformedJsonException("there is something behind its end: " + shown(c));
      default -> between(c);
    }
  }

  /** Takes a character of an object that is escaped like the inside of a string. */
  private void inEscaped(char c) {
    if (!backslash) {
      expect(c != '"', c, "a backslash");
      backslash = c == '\\';
      if (!backslash) {
        read(c);
      }
    } else {
      backslash = false;
      if (c == '"' || c == '\\') {
        read(c);
      } else if (inString()) {
        read('\\');
        read(c);
      } else {
        expect(c == 'n' || c == 'r' || c == 't', c, "a quote");
        read(' ');
      }
    }
    if (depth < escapedFrom) {
      escapedFrom = 0;
    }
  }

  /**
   * Returns whether the next character would be part of a string, where any character is allowed.
   */
  public boolean inString() {
    return state == State.STRING || state == State.ESCAPE || state == State.HEX;
  }

  /**
   * Ends the input and closes open containers.
   *
   * @param terminated whether a closing tag follows, so that nothing can have been cut off
   */
  public void end(boolean terminated) {
    if (comment != null && !comment.endsWithText()) {
      throw new MalformedJsonException("it ends inside a comment");
    }
    if (state == State.QUOTE && !isKey) {
      endString();
    } else if (state == State.WORD && !isKey) {
      if (!terminated && !Character.isLetter(held.charAt(0))) {
        throw new MalformedJsonException("it ends inside a number");
      }
      endWord();
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
      default -> throw new MalformedJsonException("it ends " + where());
    }
    target.repaired(Repair.MISSING_BRACE);
    while (depth > 0) {
      close(objects.get(depth) ? '}' : ']');
    }
  }

  private String where() {
    return switch (state) {
      case STRING, ESCAPE, HEX, QUOTE -> "inside a string";
      case COLON, WORD -> "behind a key";
      default -> "where a value should be";
    };
  }

  // ---- Between strings and literals

  private void between(char c) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      blank(c);
      return;
    }
    if (c == '/' || c == '#') {
      comment = new JsonComment(c);
      return;
    }
    switch (state) {
      case VALUE -> value(c);
      case ITEM_OR_END, NEXT_ITEM -> {
        if (c == ']') {
          dropComma();
          close(c);
        } else {
          value(c);
        }
      }
      case KEY_OR_END, NEXT_KEY -> {
        if (c == '}') {
          dropComma();
          close(c);
        } else {
          key(c);
        }
      }
      case COLON -> {
        expect(c == ':', c, "a colon");
        target.write(c);
        state = State.VALUE;
      }
      default -> afterValue(c);
    }
  }

  private void inComment(JsonComment comment, char c) {
    if (comment.accept(c)) {
      endComment();
    }
  }

  private void endComment() {
    comment = null;
    target.repaired(Repair.COMMENT);
    blank(' ');
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
      state = objects.get(depth) ? State.NEXT_KEY : State.NEXT_ITEM;
    } else if (isNext(c)) {
      target.repaired(Repair.MISSING_COMMA);
      target.write(',');
      if (objects.get(depth)) {
        key(c);
      } else {
        value(c);
      }
    } else {
      closeInner(c);
      expect(c == (objects.get(depth) ? '}' : ']'), c, "a comma or a closing bracket");
      close(c);
    }
  }

  /** Returns whether this character begins another key or item, before which a comma is missing. */
  private boolean isNext(char c) {
    if (isQuote(c)) {
      return true;
    }
    boolean isObject = objects.get(depth);
    return (!isObject && (c == '{' || c == '['))
        || (afterBlank && (isObject ? JsonWord.isKeyPart(c) : JsonWord.isWordPart(c)));
  }

  /**
   * Closes what is open inside the container that this bracket closes. Not where the whole value
   * would end with that: then the bracket may as well be the wrong one.
   */
  private void closeInner(char c) {
    boolean isObject = c == '}';
    int outer = depth;
    while (outer > 1 && objects.get(outer) != isObject) {
      outer--;
    }
    if ((isObject || c == ']') && outer > 1 && outer < depth) {
      target.repaired(Repair.MISSING_BRACE);
      while (depth > outer) {
        close(objects.get(depth) ? '}' : ']');
      }
    }
  }

  private void value(char c) {
    isKey = false;
    writeHeld();
    target.valueBegins(depth);
    if (c == '{' || c == '[') {
      open(c);
    } else if (isQuote(c)) {
      beginString(c);
    } else {
      expect(JsonWord.isWordPart(c), c, "a value");
      held.append(c);
      state = State.WORD;
    }
  }

  private void key(char c) {
    isKey = true;
    writeHeld();
    key.setLength(0);
    if (isQuote(c)) {
      beginString(c);
    } else {
      expect(JsonWord.isKeyPart(c), c, "a key in double quotes");
      held.append(c);
      state = State.WORD;
    }
  }

  private void open(char c) {
    if (depth == maxDepth) {
      throw new MalformedJsonException("it is nested deeper than " + maxDepth + " levels");
    }
    depth++;
    objects.set(depth, c == '{');
    target.write(c);
    state = c == '{' ? State.KEY_OR_END : State.ITEM_OR_END;
  }

  private void close(char c) {
    depth--;
    target.write(c);
    valueEnded();
  }

  private void valueEnded() {
    target.valueEnded(depth);
    afterBlank = false;
    state = depth == 0 ? State.DONE : State.AFTER_VALUE;
  }

  private void writeHeld() {
    for (int i = 0; i < held.length(); i++) {
      target.write(held.charAt(i));
    }
    held.setLength(0);
  }

  private void dropComma() {
    if (!held.isEmpty()) {
      held.deleteCharAt(0);
      writeHeld();
      target.repaired(Repair.TRAILING_COMMA);
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

  // ---- Words: numbers, literals, keys without quotes

  private void inWord(char c) {
    if (isKey ? JsonWord.isKeyPart(c) : JsonWord.isWordPart(c)) {
      held.append(c);
    } else {
      endWord();
      if (state != State.DONE) {
        between(c);
      } else {
        throw new MalformedJsonException("there is something behind its end: " + shown(c));
      }
    }
  }

  private void endWord() {
    String word = held.toString();
    held.setLength(0);
    if (isKey) {
      target.repaired(Repair.UNQUOTED_KEY);
      writeString('"' + word + '"');
      key.append(word);
      endKey();
    } else {
      writeString(JsonWord.strict(word, target));
      valueEnded();
    }
  }

  // ---- Strings

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '“' || c == '”' || c == '‘' || c == '’';
  }

  private void beginString(char c) {
    quote = c;
    if (c == '\'') {
      target.repaired(Repair.SINGLE_QUOTES);
    } else if (c != '"') {
      target.repaired(Repair.TYPOGRAPHIC_QUOTES);
      quote = c == '“' || c == '”' ? '”' : '’';
    }
    target.write('"');
    state = State.STRING;
  }

  private void inString(char c) {
    if (high != 0 && Character.isLowSurrogate(c)) {
      content(high);
      content(c);
      high = 0;
      return;
    }
    loneSurrogate();
    if (c == '\\') {
      state = State.ESCAPE;
    } else if (c == quote) {
      if (quote == '"') {
        endString();
      } else {
        held.append(c);
        state = State.QUOTE;
      }
    } else if (c == '"') {
      writeContent("\\\"");
    } else if (Character.isHighSurrogate(c)) {
      high = c;
    } else if (c < ' ' || Character.isLowSurrogate(c)) {
      control(c);
    } else {
      content(c);
    }
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
    writeContent(
        switch (c) {
          case '\n' -> "\\n";
          case '\r' -> "\\r";
          case '\t' -> "\\t";
          default -> "\\u%04x".formatted((int) c);
        });
  }

  private void escaped(char c) {
    state = State.STRING;
    switch (c) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> writeContent("\\" + c);
      case 'u' -> {
        hexDigits = 0;
        state = State.HEX;
      }
      case '\'' -> {
        if (quote == '"') {
          target.repaired(Repair.INVALID_ESCAPE); // what is quoted by ' needs it
        }
        content(c);
      }
      default -> {
        target.repaired(Repair.INVALID_ESCAPE); // a backslash that was meant as one
        writeContent("\\\\");
        inString(c);
      }
    }
  }

  private void hex(char c) {
    if (Character.digit(c, 16) >= 0 && c < 128) {
      held.append(c);
      if (++hexDigits == 4) {
        writeContent("\\u" + held);
        held.setLength(0);
        state = State.STRING;
      }
    } else {
      target.repaired(Repair.INVALID_ESCAPE);
      writeContent("\\\\u" + held);
      held.setLength(0);
      state = State.STRING;
      inString(c);
    }
  }

  /** Decides whether an apostrophe ends its string, which depends on the text after it. */
  private void afterQuote(char c) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      held.append(c);
    } else if (isKey ? c == ':' : c == ',' || c == '}' || c == ']') {
      endString();
      between(c);
    } else {
      String text = held.toString();
      held.setLength(0);
      state = State.STRING;
      content(text.charAt(0));
      for (int i = 1; i < text.length(); i++) {
        inString(text.charAt(i));
      }
      inString(c);
    }
  }

  private void endString() {
    loneSurrogate();
    String blanks = held.isEmpty() ? "" : held.substring(1); // behind the apostrophe
    held.setLength(0);
    target.write('"');
    if (isKey) {
      endKey();
    } else {
      valueEnded();
    }
    writeString(blanks);
  }

  private void endKey() {
    if (depth <= NAMED_DEPTH) {
      target.key(depth, key.toString());
    }
    state = State.COLON;
  }

  private void content(char c) {
    target.write(c);
    if (isKey && depth <= NAMED_DEPTH) {
      key.append(c);
    }
  }

  private void writeContent(String text) {
    for (int i = 0; i < text.length(); i++) {
      content(text.charAt(i));
    }
  }

  private void writeString(String text) {
    for (int i = 0; i < text.length(); i++) {
      target.write(text.charAt(i));
    }
  }
}
