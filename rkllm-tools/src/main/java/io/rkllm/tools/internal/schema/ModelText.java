package io.rkllm.tools.internal.schema;

import io.rkllm.tools.internal.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Texts that are sent back to a model: short, since its context is small, and acceptable to the
 * runtime.
 */
public final class ModelText {
  private static final int MAX_VALUE = 60;
  private static final int MAX_LIST = 400;
  private static final char REPLACEMENT = '\uFFFD';

  private ModelText() {}

  /** Replaces NUL characters and lone surrogates, which the runtime does not accept, by U+FFFD. */
  public static String sanitize(String text) {
    StringBuilder fit = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (c == 0 || Character.isSurrogate(c)) {
        fit = fit == null ? new StringBuilder(text) : fit;
        fit.setCharAt(i, REPLACEMENT);
      }
    }
    return fit == null ? text : fit.toString();
  }

  /** Truncates a text to a maximum number of characters; a truncated text ends in an ellipsis. */
  public static String truncate(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(max - 2)) ? max - 2 : max - 1;
    return text.substring(0, end) + '…';
  }

  /** Returns a short form of a JSON value. */
  public static String describe(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> value.isEmpty() ? "{}" : "an object";
      case ARRAY -> value.isEmpty() ? "[]" : "an array";
      case STRING -> quote(value.stringValue());
      case NUMBER -> truncate(value.asString(), MAX_VALUE);
      default -> value.toString();
    };
  }

  /** Returns a short form of a text, in quotes. */
  public static String quote(String text) {
    return Json.write(truncate(text, MAX_VALUE));
  }

  /**
   * Joins names with commas, up to a maximum length, and adds the number of the remaining names.
   */
  public static String join(Collection<String> words) {
    List<String> shown = new ArrayList<>();
    int length = 0;
    for (String word : words) {
      length += word.length() + 2;
      if (length > MAX_LIST) {
        shown.add("and " + (words.size() - shown.size()) + " more");
        break;
      }
      shown.add(word);
    }
    return String.join(", ", shown);
  }
}
