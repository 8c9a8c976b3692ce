package io.rkllm.tools.parser;

/** Writes JSON by hand, where it is made while it is read. */
final class JsonText {
  private JsonText() {}

  /** Returns a text as a JSON string. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        json.append(c).append(text.charAt(++i));
      } else {
        append(c, json);
      }
    }
    return json.append('"').toString();
  }

  private static void append(char c, StringBuilder json) {
    switch (c) {
      case '"', '\\' -> json.append('\\').append(c);
      case '\n' -> json.append("\\n");
      case '\r' -> json.append("\\r");
      case '\t' -> json.append("\\t");
      default -> {
        if (c < ' ' || Character.isSurrogate(c)) {
          json.append("\\u%04x".formatted((int) c));
        } else {
          json.append(c);
        }
      }
    }
  }
}
