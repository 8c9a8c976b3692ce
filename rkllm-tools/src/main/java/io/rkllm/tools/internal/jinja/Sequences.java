package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters of sequences. */
final class Sequences {
  private Sequences() {}

  static Object filter(Rendering rendering, String name, Object value, Arguments arguments) {
    return switch (name) {
      case "join" -> join(value, arguments);
      case "map" -> map(rendering, itemsOfTrue(value), arguments);
      case "select" -> select(itemsOfTrue(value), arguments, true);
      case "reject" -> select(itemsOfTrue(value), arguments, false);
      case "selectattr" -> selectAttribute(itemsOfTrue(value), arguments, true);
      case "rejectattr" -> selectAttribute(itemsOfTrue(value), arguments, false);
      case "reverse" -> reverse(value);
      case "sort" -> sort(Values.items(value), arguments);
      case "min" -> extreme(Values.items(value), arguments, 1);
      case "max" -> extreme(Values.items(value), arguments, -1);
      case "unique" -> unique(Values.items(value), arguments);
      case "dictsort" -> dictSort(value, arguments);
      default -> throw new JinjaException("there is no filter '" + name + "'");
    };
  }

  /**
   * Returns the items of a value. For these filters a false value, such as None, is an empty
   * sequence and not an error.
   */
  private static List<Object> itemsOfTrue(Object value) {
    return Values.isTrue(value) ? Values.items(value) : new ArrayList<>();
  }

  private static String join(Object value, Arguments arguments) {
    Object attribute = arguments.get(1, "attribute", None.NONE);
    List<Object> parts = Values.items(value);
    parts.replaceAll(part -> path(part, attribute));
    return Strings.join(arguments.text(0, "d", ""), parts);
  }

  private static List<Object> map(Rendering rendering, List<Object> values, Arguments arguments) {
    Object attribute = arguments.named().get("attribute");
    List<Object> mapped = new ArrayList<>();
    for (Object value : values) {
      Budget.elements(1);
      if (attribute != null) {
        mapped.add(path(value, attribute, arguments.named().getOrDefault("default", None.NONE)));
      } else {
        mapped.add(
            Filters.apply(rendering, arguments.text(0, "filter", ""), value, arguments.from(1)));
      }
    }
    return mapped;
  }

  private static List<Object> select(List<Object> values, Arguments arguments, boolean wanted) {
    return kept(values, value -> value, arguments, 0, wanted);
  }

  private static List<Object> selectAttribute(
      List<Object> values, Arguments arguments, boolean wanted) {
    Object attribute = arguments.get(0, "attribute");
    return kept(values, value -> path(value, attribute), arguments, 1, wanted);
  }

  private static List<Object> kept(
      List<Object> values,
      UnaryOperator<Object> key,
      Arguments arguments,
      int test,
      boolean wanted) {
    return new ArrayList<>(
        values.stream()
            .filter(
                value ->
                    wanted
                        == (arguments.count() > test
                            ? Tests.holds(
                                arguments.text(test, "test", ""),
                                key.apply(value),
                                arguments.from(test + 1))
                            : Values.isTrue(key.apply(value))))
            .toList());
  }

  /** Returns the value itself if the attribute is None. */
  static Object path(Object value, Object attribute) {
    return attribute == None.NONE ? value : path(value, attribute, None.NONE);
  }

  /**
   * Returns an attribute, or several with dots between; numbers are places in lists.
   *
   * @param otherwise the replacement for an undefined part; None for no replacement
   */
  private static Object path(Object value, Object attribute, Object otherwise) {
    Object found = value;
    String path = Text.of(attribute);
    Budget.entries(path.length()); // each dot may be one more part
    for (String part : path.split("\\.", -1)) {
      found =
          part.matches("\\d{1,9}")
              ? Values.item(found, Long.valueOf(part))
              : Values.item(found, part);
      if (found instanceof Undefined && otherwise != None.NONE) {
        found = otherwise;
      }
    }
    return found;
  }

  private static Object reverse(Object value) {
    if (value instanceof String text) {
      Budget.built(text.length());
      return new StringBuilder(text).reverse().toString();
    }
    List<Object> items = Values.items(value);
    Collections.reverse(items);
    return items;
  }

  private static List<Object> sort(List<Object> values, Arguments arguments) {
    boolean backwards = Values.isTrue(arguments.get(0, "reverse", false));
    Comparator<Object> order =
        Filters.order(Values.isTrue(arguments.get(1, "case_sensitive", false)));
    Object attribute = arguments.get(2, "attribute", None.NONE);
    Comparator<Object> byKey =
        attribute == None.NONE ? order : Comparator.comparing(v -> path(v, attribute), order);
    values.sort(backwards ? byKey.reversed() : byKey);
    return values;
  }

  /** Returns the first of the least values, or of the greatest if the sign is −1. */
  private static Object extreme(List<Object> values, Arguments arguments, int sign) {
    if (values.isEmpty()) {
      return new Undefined("the extreme of an empty sequence");
    }
    Comparator<Object> order =
        Filters.order(Values.isTrue(arguments.get(0, "case_sensitive", false)));
    Object attribute = arguments.get(1, "attribute", None.NONE);
    Object extreme = values.getFirst();
    for (Object value : values) {
      if (sign * order.compare(path(value, attribute), path(extreme, attribute)) < 0) {
        extreme = value;
      }
    }
    return extreme;
  }

  private static List<Object> unique(List<Object> values, Arguments arguments) {
    boolean caseSensitive = Values.isTrue(arguments.get(0, "case_sensitive", false));
    Object attribute = arguments.get(1, "attribute", None.NONE);
    List<Object> keys = new ArrayList<>();
    List<Object> unique = new ArrayList<>();
    for (Object value : values) {
      Budget.elements(2);
      Object key = path(value, attribute);
      Object compared = key instanceof String text && !caseSensitive ? Strings.lower(text) : key;
      if (!Values.contains(keys, compared)) {
        keys.add(compared);
        unique.add(value);
      }
    }
    return unique;
  }

  private static List<Object> dictSort(Object value, Arguments arguments) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new JinjaException("dictsort sorts a dictionary, was " + Text.repr(value));
    }
    Comparator<Object> order =
        Filters.order(Values.isTrue(arguments.get(0, "case_sensitive", false)));
    long by = arguments.text(1, "by", "key").equals("value") ? 1 : 0;
    boolean backwards = Values.isTrue(arguments.get(2, "reverse", false));
    List<Object> entries = Methods.entries(map);
    entries.sort(
        Comparator.comparing(
            entry -> Values.item(entry, by), backwards ? order.reversed() : order));
    return entries;
  }
}
