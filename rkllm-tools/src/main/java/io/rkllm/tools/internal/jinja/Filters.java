package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.SpacedJson;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectWriter;

/** The filters, which are written after {@code |}. */
final class Filters {
  private static final int MAX_DIGITS = 4300; // of Python's int

  private Filters() {}

  static Object apply(Rendering rendering, String name, Object value, Arguments arguments) {
    Budget.object();
    return switch (name) {
      case "tojson" -> json(rendering, value, arguments);
      case "string" -> Text.of(value);
      case "length", "count" -> Values.length(value);
      case "default", "d" -> otherwise(value, arguments);
      case "safe" -> value;
      case "items" -> items(value);
      case "list" -> Values.items(value);
      case "first" -> end(value, 0L);
      case "last" -> end(value, -1L);
      case "int" -> toInt(value, arguments);
      case "float" -> toFloat(value, arguments);
      case "abs" ->
          Values.compare(value, 0L) < 0 ? Arithmetic.negated(value) : Arithmetic.number(value);
      case "round" -> round(value, arguments);
      case "sum" -> sum(Values.items(value), arguments);
      case "attr" -> Values.attribute(value, arguments.text(0, "name", ""));
      case "trim" -> Strings.strip(Text.of(value), arguments, true, true);
      case "upper" -> Strings.upper(Text.of(value));
      case "lower" -> Strings.lower(Text.of(value));
      case "title" -> Strings.titled(Text.of(value));
      case "capitalize" -> Strings.capitalize(Text.of(value));
      case "replace" -> Strings.replace(Text.of(value), arguments);
      case "indent" -> indent(text(name, value), arguments);
      case "format" -> Formatting.percent(Text.of(value), arguments);
      case "escape", "e" -> escape(Text.of(value));
      default -> Sequences.filter(rendering, name, value, arguments);
    };
  }

  private static List<Object> items(Object value) {
    return switch (value) {
      case Map<?, ?> map -> Methods.entries(map);
      case Undefined _ -> List.of();
      default -> throw new JinjaException("items of no dictionary: " + Text.repr(value));
    };
  }

  private static String text(String filter, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new JinjaException(filter + " takes a string, was " + Text.repr(value));
  }

  private static String json(Rendering rendering, Object value, Arguments arguments) {
    Object indent = arguments.get(3, "indent", None.NONE);
    Object separators = arguments.named().getOrDefault("separators", None.NONE);
    Object data = Conversions.toJava(value);
    ObjectWriter writer =
        indent != None.NONE
            ? SpacedJson.writer(Math.clamp(Arithmetic.toLong(indent), 0, 16))
            : separators instanceof List<?> list && list.equals(List.of(",", ":"))
                ? Json.MAPPER.writer()
                : SpacedJson.writer();
    return rendering.json(BudgetedWriter.write(writer, data));
  }

  private static Object otherwise(Object value, Arguments arguments) {
    boolean forFalse = Values.isTrue(arguments.get(1, "boolean", false));
    return value instanceof Undefined || (forFalse && !Values.isTrue(value))
        ? arguments.get(0, "default_value", "")
        : value;
  }

  private static Object end(Object value, long index) {
    List<Object> items = Values.items(value);
    return Values.item(items, index);
  }

  private static Object toInt(Object value, Arguments arguments) {
    refuseUndefined(value);
    int base = arguments.number(1, "base", 10);
    try {
      if (value instanceof String text && base != 10) {
        return Long.valueOf(digits(text), base);
      }
      return value instanceof String text
          ? (Object) new BigDecimal(digits(text)).longValue()
          : Arithmetic.toLong(value);
    } catch (NumberFormatException | JinjaException e) {
      return arguments.get(0, "default", 0L);
    }
  }

  private static void refuseUndefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }

  private static Object toFloat(Object value, Arguments arguments) {
    refuseUndefined(value);
    try {
      return value instanceof String text
          ? (Object) Double.valueOf(digits(text))
          : Arithmetic.toDouble(value);
    } catch (NumberFormatException | JinjaException e) {
      return arguments.get(0, "default", 0.0);
    }
  }

  /** Returns the text of a number; like Python, rejects numbers that are too long to parse. */
  private static String digits(String text) {
    Budget.text(text.length());
    String digits = text.strip();
    if (digits.length() > MAX_DIGITS) {
      throw new NumberFormatException("more digits than " + MAX_DIGITS);
    }
    return digits;
  }

  private static Object round(Object value, Arguments arguments) {
    int digits = Math.clamp(arguments.number(0, "precision", 0), 0, 15);
    RoundingMode mode =
        switch (arguments.text(1, "method", "common")) {
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> RoundingMode.HALF_EVEN;
        };
    if (mode == RoundingMode.HALF_EVEN && Arithmetic.isWhole(value)) {
      return Arithmetic.toLong(value);
    }
    return BigDecimal.valueOf(Arithmetic.toDouble(value)).setScale(digits, mode).doubleValue();
  }

  private static Object sum(List<Object> values, Arguments arguments) {
    Object attribute = arguments.get(0, "attribute", None.NONE);
    Object sum = arguments.get(1, "start", 0L);
    for (Object value : values) {
      sum = Arithmetic.apply("+", sum, Sequences.path(value, attribute));
    }
    return sum;
  }

  private static String indent(String text, Arguments arguments) {
    Object width = arguments.get(0, "width", 4L);
    String by =
        width instanceof String blanks
            ? blanks
            : " ".repeat(Math.clamp(Arithmetic.toLong(width), 0, 64));
    boolean first = Values.isTrue(arguments.get(1, "first", false));
    boolean blank = Values.isTrue(arguments.get(2, "blank", false));
    List<Object> lines = new ArrayList<>();
    for (Object part : Strings.split(text, false, Arguments.of("\n"))) {
      String line = (String) part;
      Budget.text((long) line.length() + by.length());
      boolean bare = lines.isEmpty() ? !first : line.isEmpty() && !blank;
      lines.add(bare ? line : by + line);
    }
    return Strings.join("\n", lines);
  }

  private static String escape(String text) {
    Budget.built(5L * text.length()); // of one character may become five
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  static Comparator<Object> order(boolean caseSensitive) {
    return (a, b) ->
        a instanceof String x && b instanceof String y && !caseSensitive
            ? Strings.lower(x).compareTo(Strings.lower(y))
            : Values.compare(a, b);
  }
}
