package io.rkllm.tools.internal.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Operators between two values. Whole numbers are longs, all others doubles. */
final class Arithmetic {
  private Arithmetic() {}

  static Object apply(String operator, Object left, Object right) {
    refuseUndefined(left);
    refuseUndefined(right);
    if (operator.equals("+") && left instanceof String a && right instanceof String b) {
      Budget.text((long) a.length() + b.length());
      return a + b;
    }
    if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
      Budget.elements((long) a.size() + b.size());
      List<Object> sum = new ArrayList<>(a);
      sum.addAll(b);
      return sum;
    }
    if (operator.equals("*") && isWhole(right) && isSequence(left)) {
      return repeated(left, Math.max(toInt(right), 0));
    }
    if (operator.equals("*") && isWhole(left) && isSequence(right)) {
      return repeated(right, Math.max(toInt(left), 0));
    }
    if (operator.equals("%") && left instanceof String text) {
      return Formatting.percent(text, right);
    }
    if (isNumber(left) && isNumber(right)) {
      Budget.object();
      return isWhole(left) && isWhole(right) && !operator.equals("/")
          ? whole(operator, toLong(left), toLong(right))
          : fraction(operator, toDouble(left), toDouble(right));
    }
    throw new JinjaException(
        "cannot compute " + Text.repr(left) + " " + operator + " " + Text.repr(right));
  }

  private static boolean isSequence(Object value) {
    return value instanceof String || value instanceof List;
  }

  private static Object repeated(Object value, int times) {
    if (value instanceof String text) {
      Budget.text((long) text.length() * times);
      return text.repeat(times);
    }
    List<?> list = (List<?>) value;
    Budget.elements((long) list.size() * times);
    List<Object> repeated = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      repeated.addAll(list);
    }
    return repeated;
  }

  static Object negated(Object value) {
    refuseUndefined(value);
    return isWhole(value) ? apply("-", 0L, value) : apply("*", value, -1.0);
  }

  private static Object whole(String operator, long a, long b) {
    try {
      return switch (operator) {
        case "+" -> Math.addExact(a, b);
        case "-" -> Math.subtractExact(a, b);
        case "*" -> Math.multiplyExact(a, b);
        case "//" -> Math.floorDiv(a, b);
        case "%" -> Math.floorMod(a, b);
        default ->
            b < 0
                ? Math.pow((double) a, (double) b)
                : (Object) BigInteger.valueOf(a).pow(Math.clamp(b, 0, 64)).longValueExact();
      };
    } catch (ArithmeticException e) {
      throw new JinjaException(a + " " + operator + " " + b + " has no value: " + e.getMessage());
    }
  }

  private static Object fraction(String operator, double a, double b) {
    boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
    if (b == 0 && divides) {
      throw new JinjaException("division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - b * Math.floor(a / b);
      default -> Math.pow(a, b);
    };
  }

  static boolean isWhole(Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Boolean
        || value instanceof BigInteger;
  }

  static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  /** Returns a number, or the one that a boolean counts as. */
  static Number number(Object value) {
    return value instanceof Number number ? number : toLong(value);
  }

  static long toLong(Object value) {
    return switch (value) {
      case Boolean truth -> truth ? 1 : 0;
      case Number number -> number.longValue();
      default -> throw new JinjaException("no number: " + Text.repr(value));
    };
  }

  static int toInt(Object value) {
    return Math.clamp(toLong(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static double toDouble(Object value) {
    return value instanceof Number number ? number.doubleValue() : toLong(value);
  }

  private static void refuseUndefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }
}
