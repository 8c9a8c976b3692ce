package io.rkllm.tools.internal.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The target of an assignment: one name, or several names to which the items of a list are
 * assigned.
 */
record Target(List<String> names) {
  Map<String, Object> bind(Object value) {
    if (names.size() == 1) {
      return Map.of(names.getFirst(), value);
    }
    List<Object> values = Values.items(value);
    if (values.size() != names.size()) {
      throw new JinjaException(
          values.size() + " values cannot be taken apart into " + names.size() + " names");
    }
    Budget.entries(names.size());
    Map<String, Object> variables = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      variables.put(names.get(i), values.get(i));
    }
    return variables;
  }
}
