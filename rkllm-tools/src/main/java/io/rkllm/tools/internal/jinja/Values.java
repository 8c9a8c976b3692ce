package io.rkllm.tools.internal.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What Python's operators and lookups mean for values. */
final class Values {
  private static final int ELEMENT = 8; // an element is as much work as so many characters

  private Values() {}

  static boolean isTrue(Object value) {
    return switch (value) {
      case Boolean truth -> truth;
      case None _, Undefined _ -> false;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Number number -> number.doubleValue() != 0;
      default -> true;
    };
  }

  static boolean equal(Object a, Object b) {
    Run.work(a instanceof String text ? text.length() : 0);
    if (a instanceof Number x && b instanceof Number y) {
      return new BigDecimal(x.toString()).compareTo(new BigDecimal(y.toString())) == 0;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      return x.size() == y.size()
          && IntStream.range(0, x.size()).allMatch(i -> equal(x.get(i), y.get(i)));
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.keySet().equals(y.keySet())
          && x.keySet().stream().allMatch(key -> equal(entry(x, key), entry(y, key)));
    }
    return a instanceof Undefined ? b instanceof Undefined : a.equals(b);
  }

  /** Counts a search: at worst each character of the one is compared with each of the other. */
  static void search(String text, Object part) {
    if (part instanceof String wanted) {
      Run.work((long) text.length() * (1 + wanted.length() / 32));
    }
  }

  /** What can be the key of a dictionary, which Python says of the same values. */
  static Object key(Object value) {
    if (value instanceof List || value instanceof Map) {
      throw new JinjaException("no key of a dictionary: " + Text.repr(value));
    }
    return value;
  }

  static int compare(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y);
    }
    if (Arithmetic.isNumber(a) && Arithmetic.isNumber(b)) {
      return Double.compare(Arithmetic.toDouble(a), Arithmetic.toDouble(b));
    }
    throw new JinjaException("cannot compare " + Text.repr(a) + " with " + Text.repr(b));
  }

  static boolean contains(Object container, Object item) {
    return switch (container) {
      case String text when item instanceof String part -> {
        search(text, part);
        yield text.contains(part);
      }
      case List<?> list -> list.stream().anyMatch(value -> equal(value, item));
      case Map<?, ?> map -> map.containsKey(key(item));
      case Undefined _ -> false;
      default ->
          throw new JinjaException(
              "cannot look for " + Text.repr(item) + " in " + Text.repr(container));
    };
  }

  static List<Object> items(Object value) {
    Run.work(value instanceof List<?> list ? (long) list.size() * ELEMENT : 0);
    return switch (value) {
      case List<?> list -> new ArrayList<>(list);
      case Map<?, ?> map -> new ArrayList<>(map.keySet());
      case String text -> new ArrayList<>(characters(text));
      case Undefined _ -> List.of();
      default -> throw new JinjaException("cannot go through " + Text.repr(value));
    };
  }

  static List<String> characters(String text) {
    Run.work((long) text.length() * ELEMENT);
    return text.codePoints().mapToObj(Character::toString).toList();
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined _ -> 0;
      default -> throw new JinjaException(Text.repr(value) + " has no length");
    };
  }

  /** {@code value.name}. */
  static Object attribute(Object value, String name) {
    return switch (value) {
      case Attributes attributes -> attributes.attribute(name);
      case Undefined undefined -> throw undefined.error();
      case Map<?, ?> map when !Methods.OF_MAPS.contains(name) -> entry(map, name);
      default ->
          Methods.has(value, name)
              ? (Callable) (run, arguments) -> Methods.call(value, name, arguments)
              : new Undefined(name);
    };
  }

  /** {@code value[key]}. */
  static Object item(Object value, Object key) {
    return switch (value) {
      case Undefined undefined -> throw undefined.error();
      case Map<?, ?> map -> entry(map, key);
      case List<?> list when Arithmetic.isWhole(key) -> element(list, key);
      case String text when Arithmetic.isWhole(key) -> element(characters(text), key);
      case Attributes attributes when key instanceof String name -> attributes.attribute(name);
      default -> new Undefined(Text.of(key));
    };
  }

  private static Object entry(Map<?, ?> map, Object key) {
    Object found = map.get(key(key));
    return found == null ? new Undefined(Text.of(key)) : found;
  }

  private static Object element(List<?> list, Object key) {
    int index = Arithmetic.toInt(key);
    int place = index < 0 ? index + list.size() : index;
    return place >= 0 && place < list.size() ? list.get(place) : new Undefined(Text.of(key));
  }

  /** {@code value[from:to:step]}. */
  static Object slice(Object value, Object from, Object to, Object step) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    List<?> all = value instanceof String text ? characters(text) : items(value);
    int by = step == None.NONE ? 1 : Arithmetic.toInt(step);
    if (by == 0) {
      throw new JinjaException("the step of a slice must not be 0");
    }
    int size = all.size();
    int low = by > 0 ? 0 : -1;
    int high = by > 0 ? size : size - 1;
    int start = from == None.NONE ? (by > 0 ? low : high) : bound(from, size, low, high);
    int end = to == None.NONE ? (by > 0 ? high : low) : bound(to, size, low, high);
    List<Object> part = new ArrayList<>();
    for (long i = start; by > 0 ? i < end : i > end; i += by) {
      part.add(all.get((int) i));
    }
    return value instanceof String
        ? part.stream().map(Text::of).collect(Collectors.joining())
        : part;
  }

  private static int bound(Object value, int size, int low, int high) {
    long index = Arithmetic.toLong(value);
    return Math.clamp(index < 0 ? index + size : index, low, high);
  }

  /** Whether two values are one; what is equal and of one kind is taken for it. */
  static boolean same(Object a, Object b) {
    return a.getClass().equals(b.getClass()) && equal(a, b);
  }
}
