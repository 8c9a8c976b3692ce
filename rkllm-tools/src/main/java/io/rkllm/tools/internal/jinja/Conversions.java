package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way of data into a template and out again. */
final class Conversions {
  private Conversions() {}

  /** Converts null to None; strings, numbers, booleans, lists, and maps are unchanged. */
  static Object toJinja(@Nullable Object value) {
    return switch (value) {
      case null -> None.NONE;
      case Integer number -> (Object) number.longValue();
      case List<?> list -> {
        List<Object> copy = new ArrayList<>();
        list.forEach(item -> copy.add(toJinja(item)));
        yield copy;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, item) -> copy.put(toJinja(key), toJinja(item)));
        yield copy;
      }
      default -> value;
    };
  }

  /** Converts in the other direction. */
  static @Nullable Object toJava(Object value) {
    Budget.object();
    return switch (value) {
      case None _ -> null;
      case Undefined undefined -> throw undefined.error();
      case List<?> list -> {
        Budget.elements(list.size());
        List<@Nullable Object> copy = new ArrayList<>();
        list.forEach(item -> copy.add(toJava(item)));
        yield copy;
      }
      case Map<?, ?> map -> {
        Budget.entries(map.size());
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, item) -> copy.put(Text.of(key), toJava(item)));
        yield copy;
      }
      case String _, Number _, Boolean _ -> value;
      default -> throw new JinjaException(Text.repr(value) + " cannot be written as JSON");
    };
  }
}
