package io.rkllm.tools.internal.jinja;

import java.util.AbstractList;
import java.util.List;

/** Python's tuple: a list that is written with parentheses and equals no list. */
final class Tuple extends AbstractList<Object> {
  private final List<Object> values;

  Tuple(List<Object> values) {
    this.values = values;
  }

  static Tuple of(Object... values) {
    return new Tuple(List.of(values));
  }

  @Override
  public Object get(int index) {
    return values.get(index);
  }

  @Override
  public int size() {
    return values.size();
  }
}
