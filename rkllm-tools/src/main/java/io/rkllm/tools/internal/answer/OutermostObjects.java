package io.rkllm.tools.internal.answer;

import java.util.ArrayList;
import java.util.List;

/**
 * The texts of the outermost JSON objects in a text that is mostly something else; the last one may
 * not be complete.
 *
 * <p>A pass over the text matches braces, and skips those in strings. An unclosed brace, such as
 * one in prose, would hide the text after it, so another pass begins after it; the number of passes
 * is limited, so that the time is always linear in the length.
 */
final class OutermostObjects {
  private static final int MAX_PASSES = 16;

  private final String text;
  private final List<String> found = new ArrayList<>();

  private OutermostObjects(String text) {
    this.text = text;
  }

  /** Returns the objects in their order. */
  static List<String> of(String text) {
    OutermostObjects objects = new OutermostObjects(text);
    int from = 0;
    for (int pass = 0; pass < MAX_PASSES && from >= 0; pass++) {
      from = objects.pass(from);
    }
    return objects.found;
  }

  /** Adds the objects from here on; returns the index at which to begin again, or -1 at the end. */
  private int pass(int from) {
    int depth = 0;
    int start = -1;
    boolean inString = false;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"' && depth > 0) {
        inString = true;
      } else if (c == '{') {
        if (depth++ == 0) {
          start = i;
        }
      } else if (c == '}' && depth > 0 && --depth == 0) {
        found.add(text.substring(start, i + 1));
      }
    }
    if (depth > 0 && hasKey(start)) {
      found.add(text.substring(start)); // one that is not complete; what is inside is part of it
      return -1;
    }
    return depth == 0 ? -1 : start + 1;
  }

  /**
   * Returns whether the text, which starts with a brace, looks like the beginning of an object and
   * not like a brace in prose.
   */
  static boolean looksLikeObject(String text) {
    return new OutermostObjects(text).hasKey(0);
  }

  /** Returns whether the brace at this index is followed by a quoted key and a colon. */
  private boolean hasKey(int brace) {
    int from = skipBlanks(brace + 1);
    if (from == text.length() || (text.charAt(from) != '"' && text.charAt(from) != '\'')) {
      return false;
    }
    int end = text.indexOf(text.charAt(from), from + 1);
    int behind = end < 0 ? text.length() : skipBlanks(end + 1);
    return behind < text.length() && text.charAt(behind) == ':';
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }
}
