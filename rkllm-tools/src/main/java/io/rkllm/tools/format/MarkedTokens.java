package io.rkllm.tools.format;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Control tokens in the data of a template, which may write a string as text or as JSON. Each token
 * gets a mark after its first character, and after rendering the mark is replaced as {@link
 * ControlTokens} requires.
 */
final class MarkedTokens {
  private static final int FIRST_MARK = 0xFDD0; // These are not characters and never will be.
  private static final int LAST_MARK = 0xFDEF;

  private final ControlTokens tokens;
  private final char mark;

  /** Chooses a mark that does not occur in the data. */
  MarkedTokens(ControlTokens tokens, Object data) {
    this.tokens = tokens;
    mark = unused(data);
  }

  /** Returns a character that no text has, and that is not in this data. */
  static char unused(Object data) {
    String all = data.toString();
    int free = FIRST_MARK;
    while (all.indexOf(free) >= 0 && free < LAST_MARK) {
      free++;
    }
    return (char) free;
  }

  /** Returns the data with a mark in each token. */
  @Nullable Object in(@Nullable Object data) {
    return switch (data) {
      case String text -> tokens.marked(text, mark);
      case List<?> list -> list.stream().map(this::in).toList();
      case Map<?, ?> map -> {
        Map<@Nullable Object, @Nullable Object> marked = new LinkedHashMap<>();
        map.forEach((key, value) -> marked.put(in(key), in(value)));
        yield marked;
      }
      case null -> null;
      default -> data;
    };
  }

  /** Returns the JSON with an escape in place of each marked character. */
  String inJson(String json) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      boolean marked = i + 1 < json.length() && json.charAt(i + 1) == mark;
      if (marked) {
        escaped.append("\\u").append(HexFormat.of().toHexDigits(json.charAt(i++)));
      } else {
        escaped.append(json.charAt(i));
      }
    }
    return escaped.toString();
  }

  /** Returns the text with a space in place of each remaining mark. */
  String inText(String text) {
    return text.replace(mark, ' ');
  }
}
