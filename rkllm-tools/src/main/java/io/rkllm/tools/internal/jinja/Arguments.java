package io.rkllm.tools.internal.jinja;

import java.util.List;
import java.util.Map;

/** The arguments of a function, filter, or test. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  int count() {
    return positional.size();
  }

  /** Returns an argument by position or name. */
  Object get(int index, String name, Object otherwise) {
    return index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
  }

  Object get(int index, String name) {
    Object value = get(index, name, None.class);
    if (value == None.class) {
      throw new JinjaException("the argument " + name + " is missing");
    }
    return value;
  }

  String text(int index, String name, String otherwise) {
    return Text.of(get(index, name, otherwise));
  }

  int number(int index, String name, int otherwise) {
    return Arithmetic.toInt(get(index, name, (long) otherwise));
  }

  Arguments from(int index) {
    return new Arguments(positional.subList(Math.min(index, count()), count()), named);
  }
}
