package io.rkllm.tools.internal.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Values as Python writes them. */
final class Text {
  private static final int MAX_DIGITS = 400; // more than a double has

  private Text() {}

  /** Returns a value as text, as {@code str} does. */
  static String of(Object value) {
    return switch (value) {
      case String text -> text;
      case Undefined _ -> "";
      case Number number -> {
        Budget.object();
        yield scalar(number);
      }
      default -> repr(value);
    };
  }

  /** Returns a value as text, as {@code repr} does. */
  static String repr(Object value) {
    StringBuilder text = new StringBuilder();
    write(value, text);
    return text.toString();
  }

  /** Charges piece by piece, since a list in several places of another is written for each. */
  private static void write(Object value, StringBuilder text) {
    Budget.built(4);
    switch (value) {
      case List<?> list -> {
        boolean tuple = list instanceof Tuple;
        text.append(tuple ? '(' : '[');
        String between = "";
        for (Object item : list) {
          text.append(between);
          write(item, text);
          between = ", ";
        }
        text.append(tuple && list.size() == 1 ? "," : "").append(tuple ? ')' : ']');
      }
      case Map<?, ?> map -> {
        String between = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          text.append(between);
          write(entry.getKey(), text);
          text.append(": ");
          write(entry.getValue(), text);
          between = ", ";
        }
        text.append(map.isEmpty() ? "{}" : "}");
      }
      case String string -> {
        Budget.built(4L * string.length()); // each may be escaped, and the builder grows by it
        text.append(quoted(string));
      }
      default -> {
        Budget.object();
        text.append(scalar(value));
      }
    }
  }

  private static String scalar(Object value) {
    return switch (value) {
      case None _ -> "None";
      case Undefined _ -> "Undefined";
      case Boolean truth -> truth ? "True" : "False";
      case BigDecimal number ->
          Math.abs((long) number.scale()) > MAX_DIGITS ? number.toString() : number.toPlainString();
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
