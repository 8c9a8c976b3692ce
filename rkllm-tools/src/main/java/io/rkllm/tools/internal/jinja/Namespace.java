package io.rkllm.tools.internal.jinja;

import java.util.HashMap;
import java.util.Map;

/** Variables that a loop can set for what comes after it. */
final class Namespace implements Attributes {
  final Map<String, Object> values = new HashMap<>();

  @Override
  public Object attribute(String name) {
    Object value = values.get(name);
    return value == null ? new Undefined(name) : value;
  }
}
