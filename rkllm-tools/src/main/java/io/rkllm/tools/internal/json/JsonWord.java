package io.rkllm.tools.internal.json;

import io.rkllm.tools.event.Repair;
import io.rkllm.tools.internal.json.JsonRepairer.Target;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A literal, a number, or a key without quotes, as JSON and as small models write them. */
final class JsonWord implements JsonToken {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?([0-9]+))?");

  /**
   * The maximum length of a number and of its exponent. Longer ones cannot be read as JSON
   * afterwards.
   */
  private static final int MAX_DIGITS = 1_000;

  private static final int MAX_EXPONENT_DIGITS = 9;

  private final boolean isKey;
  private final StringBuilder text = new StringBuilder();

  JsonWord(char first, boolean isKey) {
    this.isKey = isKey;
    text.append(first);
  }

  /** Returns the word as it was written. */
  String text() {
    return text.toString();
  }

  @Override
  public Step accept(char c) {
    if (isKey ? !isKeyPart(c) : !isWordPart(c)) {
      return Step.BEFORE;
    }
    text.append(c);
    return Step.MORE;
  }

  @Override
  public void end(boolean terminated) {
    if (isKey) {
      throw new MalformedJsonException("it ends behind a key");
    }
    if (!terminated && !Character.isLetter(text.charAt(0))) {
      throw new MalformedJsonException("it ends inside a number");
    }
  }

  /** Returns a literal or a number as JSON, and reports what had to be repaired. */
  String strict(Target target) {
    String word = text();
    return switch (word) {
      case "true", "false", "null" -> word;
      case "True", "TRUE" -> literal("true", target);
      case "False", "FALSE" -> literal("false", target);
      case "None", "Null", "NULL" -> literal("null", target);
      default -> {
        String decimal = decimal(word);
        Matcher number = NUMBER.matcher(decimal);
        if (!number.matches()) {
          throw new MalformedJsonException(
              "expected a value in quotes, or a number, instead of " + cut(word));
        }
        String exponent = Objects.requireNonNullElse(number.group(4), "");
        if (word.length() > MAX_DIGITS || exponent.length() > MAX_EXPONENT_DIGITS) {
          throw new MalformedJsonException("the number " + cut(word) + " is out of range");
        }
        if (!decimal.equals(word)) {
          target.repaired(Repair.NUMBER_FORMAT);
        }
        yield decimal;
      }
    };
  }

  /** Returns a number with digits on both sides of its decimal point, and without a plus sign. */
  private static String decimal(String number) {
    String unsigned = number.startsWith("+") ? number.substring(1) : number;
    int point = unsigned.indexOf('.');
    if (point < 0) {
      return unsigned;
    }
    String before = unsigned.substring(0, point);
    String behind = unsigned.substring(point + 1);
    boolean noDigits = behind.isEmpty() || behind.startsWith("e") || behind.startsWith("E");
    if (noDigits && (before.isEmpty() || before.equals("-"))) {
      return number;
    }
    return (before.isEmpty() || before.equals("-") ? before + "0" : before)
        + (noDigits ? ".0" : ".")
        + behind;
  }

  private static String literal(String literal, Target target) {
    target.repaired(Repair.PYTHON_LITERAL);
    return literal;
  }

  private static String cut(String word) {
    int shown = 40;
    return word.length() <= shown ? word : word.substring(0, shown) + "…";
  }

  /** Returns whether a character may be part of a literal or a number. */
  static boolean isWordPart(char c) {
    return isLetterOrDigit(c) || c == '-' || c == '+' || c == '.';
  }

  /** Returns whether a character may be part of a key without quotes. */
  static boolean isKeyPart(char c) {
    return isLetterOrDigit(c)
        || c == '_'
        || c == '$'
        || c == '-'
        || (c > 127 && Character.isLetterOrDigit(c));
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
