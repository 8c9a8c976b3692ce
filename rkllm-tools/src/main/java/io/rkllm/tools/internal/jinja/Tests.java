package io.rkllm.tools.internal.jinja;

import java.util.List;
import java.util.Map;

/** The tests, which are written after {@code is}. */
final class Tests {
  private static final Map<String, String> OTHER_NAMES =
      Map.ofEntries(
          Map.entry("equalto", "=="),
          Map.entry("eq", "=="),
          Map.entry("ne", "!="),
          Map.entry("lt", "<"),
          Map.entry("lessthan", "<"),
          Map.entry("le", "<="),
          Map.entry("gt", ">"),
          Map.entry("greaterthan", ">"),
          Map.entry("ge", ">="));

  private Tests() {}

  static boolean holds(String name, Object value, Arguments arguments) {
    Budget.object();
    String test = OTHER_NAMES.getOrDefault(name, name);
    return switch (test) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == None.NONE;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "number" -> Arithmetic.isNumber(value);
      case "integer" -> Arithmetic.isWhole(value) && !(value instanceof Boolean);
      case "float" -> Arithmetic.isNumber(value) && !Arithmetic.isWhole(value);
      case "mapping" -> value instanceof Map;
      case "sequence", "iterable" ->
          value instanceof List
              || value instanceof Map
              || value instanceof String
              || value instanceof Undefined;
      case "callable" -> value instanceof Callable || value instanceof Undefined;
      case "odd" -> Values.equal(Arithmetic.apply("%", value, 2L), 1L);
      case "even" -> Values.equal(Arithmetic.apply("%", value, 2L), 0L);
      case "divisibleby" -> Arithmetic.toLong(value) % Arithmetic.toLong(first(arguments)) == 0;
      case "lower" -> Strings.consistsOf(Text.of(value), "islower");
      case "upper" -> Strings.consistsOf(Text.of(value), "isupper");
      case "sameas" -> Values.same(value, first(arguments));
      case "in", "==", "!=", "<", "<=", ">", ">=" -> compared(test, value, first(arguments));
      default -> throw new JinjaException("there is no test '" + name + "'");
    };
  }

  /** Evaluates a comparison operator. */
  static boolean compared(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "in" -> Values.contains(right, left);
      case "not in" -> !Values.contains(right, left);
      case "<" -> Values.compare(left, right) < 0;
      case "<=" -> Values.compare(left, right) <= 0;
      case ">" -> Values.compare(left, right) > 0;
      default -> Values.compare(left, right) >= 0;
    };
  }

  private static Object first(Arguments arguments) {
    return arguments.get(0, "other");
  }
}
