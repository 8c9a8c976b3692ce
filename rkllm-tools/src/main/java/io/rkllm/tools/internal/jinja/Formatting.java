package io.rkllm.tools.internal.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.IllegalFormatException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Python's formatting of values: {@code "%s of %d" % (a, b)} and {@code "{} of {}".format(a, b)}.
 */
final class Formatting {
  private static final Pattern CONVERSION =
      Pattern.compile(
          "%(?:\\((?<key>[^)]*)\\))?(?<flags>[-+ 0#]*)(?<width>\\d{1,3})?(?:\\.(?<precision>\\d{1,2}))?"
              + "(?<kind>[a-zA-Z%])?");
  private static final Pattern FIELD =
      Pattern.compile("\\{\\{|}}|\\{(?<key>[A-Za-z_]\\w*|\\d{0,4})(?::[ds]?)?}|[{}]");
  private static final int MAX_WIDTH = 1_000;

  private final List<Object> values;
  private final Map<?, ?> named;
  private int used;

  private Formatting(List<Object> values, Map<?, ?> named) {
    this.values = values;
    this.named = named;
  }

  /** Returns {@code text % value}. */
  static String percent(String text, Object value) {
    return switch (value) {
      case Tuple tuple -> percent(text, List.copyOf(tuple), Map.of());
      case Map<?, ?> map -> percent(text, List.of(map), map);
      default -> percent(text, List.of(value), Map.of());
    };
  }

  /** Returns what the filter {@code format} does. */
  static String percent(String text, Arguments arguments) {
    return percent(text, arguments.positional(), arguments.named());
  }

  private static String percent(String text, List<Object> values, Map<?, ?> named) {
    Formatting formatting = new Formatting(values, named);
    String formatted = replace(CONVERSION, text, formatting::converted);
    if (named.isEmpty() && formatting.used < values.size()) {
      throw new JinjaException("a format has more values than places for them");
    }
    return formatted;
  }

  /** Returns {@code text.format(…)}. */
  static String braces(String text, Arguments arguments) {
    return replace(FIELD, text, new Formatting(arguments.positional(), arguments.named())::field);
  }

  private static String replace(Pattern pattern, String text, Function<Matcher, String> by) {
    Budget.built(text.length());
    StringBuilder formatted = new StringBuilder();
    Matcher matcher = pattern.matcher(text);
    int from = 0;
    while (matcher.find()) {
      String part = by.apply(matcher);
      Budget.built(part.length());
      formatted.append(text, from, matcher.start()).append(part);
      from = matcher.end();
    }
    return formatted.append(text, from, text.length()).toString();
  }

  private String converted(Matcher place) {
    String kind = String.valueOf(place.group("kind"));
    if (kind.equals("%")) {
      return kind;
    }
    Object value = value(place.group("key"), false);
    Budget.text(MAX_WIDTH);
    try {
      return switch (kind) {
        case "s" -> java("s", place, Text.of(value));
        case "r" -> java("s", place, Text.repr(value));
        case "d", "i" -> java("d", place, Arithmetic.toLong(value));
        case "x", "X" -> java(kind, place, Arithmetic.toLong(value));
        case "f" -> java(kind, place, rounded(Arithmetic.toDouble(value), place));
        default -> throw unsupported(place);
      };
    } catch (IllegalFormatException e) {
      throw unsupported(place);
    }
  }

  /** Rounds the exact value, as Python does. */
  private static Object rounded(double value, Matcher place) {
    String precision = place.group("precision");
    int digits = precision == null ? 6 : Integer.parseInt(precision);
    return Double.isFinite(value)
        ? (Object) new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN)
        : value;
  }

  private static String java(String kind, Matcher place, Object value) {
    String flags = place.group("flags");
    String width = place.group("width");
    String precision = place.group("precision");
    boolean leftOnly = kind.equals("s"); // other flags are for numbers
    return String.format(
        Locale.ROOT,
        "%"
            + (leftOnly ? flags.contains("-") && width != null ? "-" : "" : flags)
            + (width == null ? "" : width)
            + (precision == null || kind.equals("d") || kind.equals("x") ? "" : "." + precision)
            + kind,
        value);
  }

  private String field(Matcher place) {
    return switch (place.group()) {
      case "{{" -> "{";
      case "}}" -> "}";
      case "{", "}" -> throw unsupported(place);
      default -> Text.of(value(place.group("key"), true));
    };
  }

  /** Returns the value for a place: by name, by number if that is allowed, or the next one. */
  private Object value(@Nullable String key, boolean numbered) {
    if (key != null && !key.isEmpty() && !(numbered && Character.isDigit(key.charAt(0)))) {
      Object value = named.get(key);
      if (value == null) {
        throw new JinjaException("a format has no value for " + Text.repr(key));
      }
      return value;
    }
    int index = key == null || key.isEmpty() ? used++ : Arithmetic.toInt(Long.valueOf(key));
    if (index >= values.size()) {
      throw new JinjaException("a format has fewer values than places for them");
    }
    return values.get(index);
  }

  private static JinjaException unsupported(Matcher place) {
    return new JinjaException("the format " + Text.repr(place.group()) + " is not supported");
  }
}
