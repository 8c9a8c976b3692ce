package io.rkllm.tools.internal.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Values as Python writes them. */
final class Text {
  private Text() {}

  /** As {@code str} does. */
  static String of(Object value) {
    return switch (value) {
      case String text -> text;
      case Undefined _ -> "";
      default -> repr(value);
    };
  }

  /** As {@code repr} does. */
  static String repr(Object value) {
    return switch (value) {
      case String text -> quoted(text);
      case None _ -> "None";
      case Undefined _ -> "Undefined";
      case Boolean truth -> truth ? "True" : "False";
      case BigDecimal number -> number.toPlainString();
      case List<?> list ->
          list.stream().map(Text::repr).collect(Collectors.joining(", ", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> repr(entry.getKey()) + ": " + repr(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case Number number -> number.toString();
      default -> "<" + value.getClass().getSimpleName() + ">";
    };
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    String escaped =
        text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
    return quote + (quote == '\'' ? escaped.replace("'", "\\'") : escaped) + quote;
  }
}
