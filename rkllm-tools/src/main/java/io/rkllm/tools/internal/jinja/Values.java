package io.rkllm.tools.internal.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Python's operators and lookups for values. */
final class Values {
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
    Budget.read(a instanceof String text ? text : "");
    if (a instanceof Long x && b instanceof Long y) {
      return x.equals(y);
    }
    if (Arithmetic.isNumber(a) && Arithmetic.isNumber(b)) {
      Number x = Arithmetic.number(a);
      Number y = Arithmetic.number(b);
      return new BigDecimal(x.toString()).compareTo(new BigDecimal(y.toString())) == 0;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      return x instanceof Tuple == y instanceof Tuple
          && x.size() == y.size()
          && IntStream.range(0, x.size()).allMatch(i -> equal(x.get(i), y.get(i)));
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.entrySet().stream()
              .allMatch(
                  entry ->
                      contains(y, entry.getKey())
                          && equal(entry.getValue(), entry(y, entry.getKey())));
    }
    return a instanceof Undefined ? b instanceof Undefined : a.equals(b);
  }

  /** Returns a value as the key of a dictionary. The same values are allowed as in Python. */
  static Object key(Object value) {
    if (value instanceof List || value instanceof Map) {
      throw new JinjaException("no key of a dictionary: " + Text.repr(value));
    }
    Budget.read(value instanceof String text ? text : "");
    return value;
  }

  static int compare(Object a, Object b) {
    Budget.read(a instanceof String text ? text : "");
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
        Budget.search(text, part);
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
    return switch (value) {
      case List<?> list -> {
        Budget.elements(list.size());
        yield new ArrayList<>(list);
      }
      case Map<?, ?> map -> {
        Budget.elements(map.size());
        yield new ArrayList<>(map.keySet());
      }
      case String text -> {
        Budget.objects(text.length());
        yield new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
      }
      case Undefined _ -> new ArrayList<>();
      default -> throw new JinjaException("cannot go through " + Text.repr(value));
    };
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> codePoints(text);
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined _ -> 0;
      default -> throw new JinjaException(Text.repr(value) + " has no length");
    };
  }

  private static int codePoints(String text) {
    Budget.read(text);
    return text.codePointCount(0, text.length());
  }

  /** Returns {@code value.name}. */
  static Object attribute(Object value, String name) {
    return switch (value) {
      case Attributes attributes -> attributes.attribute(name);
      case Undefined undefined -> throw undefined.error();
      case Map<?, ?> map when !Methods.OF_MAPS.contains(name) -> entry(map, name);
      default -> {
        Budget.object();
        yield Methods.has(value, name)
            ? (Callable) (rendering, arguments) -> Methods.call(value, name, arguments)
            : new Undefined(name);
      }
    };
  }

  /** Returns {@code value[key]}. */
  static Object item(Object value, Object key) {
    return switch (value) {
      case Undefined undefined -> throw undefined.error();
      case Map<?, ?> map -> entry(map, key);
      case List<?> list when Arithmetic.isWhole(key) -> element(list, key);
      case String text when Arithmetic.isWhole(key) -> character(text, key);
      case Attributes attributes when key instanceof String name -> attributes.attribute(name);
      default -> new Undefined(Text.of(key));
    };
  }

  private static Object entry(Map<?, ?> map, Object key) {
    // What can be no key is in no dictionary.
    Object found = key instanceof List || key instanceof Map ? null : map.get(key(key));
    return found == null ? new Undefined(Text.of(key)) : found;
  }

  private static Object element(List<?> list, Object key) {
    int place = place(key, list.size());
    return place >= 0 ? list.get(place) : new Undefined(Text.of(key));
  }

  private static Object character(String text, Object key) {
    int place = place(key, codePoints(text));
    return place >= 0 ? part(text, place, place + 1) : new Undefined(Text.of(key));
  }

  /**
   * Returns the position of an index that counts from the beginning or the end; −1 if out of range.
   */
  private static int place(Object key, int size) {
    int index = Arithmetic.toInt(key);
    int place = index < 0 ? index + size : index;
    return place < size ? Math.max(place, -1) : -1;
  }

  /** Returns the part between two positions, in code points. */
  private static String part(String text, int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    int end = text.offsetByCodePoints(start, to - from);
    Budget.text(end - start);
    return text.substring(start, end);
  }

  /** Returns {@code value[from:to:step]}. */
  static Object slice(Object value, Object from, Object to, Object step) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(value instanceof String || value instanceof List)) {
      return new Undefined("slice");
    }
    int by = step == None.NONE ? 1 : Arithmetic.toInt(step);
    if (by == 0) {
      throw new JinjaException("the step of a slice must not be 0");
    }
    if (value instanceof String text && by == 1) {
      int size = codePoints(text);
      int start = from == None.NONE ? 0 : bound(from, size, 0, size);
      int end = to == None.NONE ? size : bound(to, size, 0, size);
      return part(text, start, Math.max(start, end));
    }
    List<Object> all = items(value);
    int size = all.size();
    int low = by > 0 ? 0 : -1;
    int high = by > 0 ? size : size - 1;
    int start = from == None.NONE ? (by > 0 ? low : high) : bound(from, size, low, high);
    int end = to == None.NONE ? (by > 0 ? high : low) : bound(to, size, low, high);
    List<Object> part = new ArrayList<>();
    for (long i = start; by > 0 ? i < end : i > end; i += by) {
      part.add(all.get((int) i));
    }
    return value instanceof String ? Strings.join("", part) : part;
  }

  private static int bound(Object value, int size, int low, int high) {
    long index = Arithmetic.toLong(value);
    return Math.clamp(index < 0 ? index + size : index, low, high);
  }

  /**
   * Returns whether two values are identical. Equal values of the same class are considered
   * identical.
   */
  static boolean same(Object a, Object b) {
    return a.getClass().equals(b.getClass()) && equal(a, b);
  }
}
