package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What Python does with strings. */
final class Strings {
  private static final Pattern WORD = Pattern.compile("\\p{L}+");
  private static final String BLANKS = " \t\n\r\f\u000b";

  private Strings() {}

  /** Without the blanks, or the given characters, at its ends. */
  static String strip(String text, Arguments arguments, boolean left, boolean right) {
    Object given = arguments.get(0, "chars", None.NONE);
    String characters = given == None.NONE ? BLANKS : Text.of(given);
    int from = 0;
    int to = text.length();
    while (left && from < to && characters.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (right && to > from && characters.indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    return text.substring(from, to);
  }

  static List<Object> split(String text, boolean fromTheRight, Arguments arguments) {
    Object separator = arguments.get(0, "sep", None.NONE);
    int most = arguments.number(1, "maxsplit", -1);
    if (separator == None.NONE) {
      String stripped = strip(text, Arguments.NONE, true, true);
      return stripped.isEmpty()
          ? List.of()
          : new ArrayList<>(List.of(stripped.split("\\s+", most < 0 ? -1 : most + 1)));
    }
    String by = Text.of(separator);
    if (by.isEmpty()) {
      throw new JinjaException("cannot split by an empty string");
    }
    List<Object> parts = new ArrayList<>();
    String rest = text;
    while (most < 0 || parts.size() < most) {
      int at = fromTheRight ? rest.lastIndexOf(by) : rest.indexOf(by);
      if (at < 0) {
        break;
      }
      parts.add(fromTheRight ? rest.substring(at + by.length()) : rest.substring(0, at));
      rest = fromTheRight ? rest.substring(0, at) : rest.substring(at + by.length());
    }
    parts.add(rest);
    if (fromTheRight) {
      Collections.reverse(parts);
    }
    return parts;
  }

  static boolean anyOf(Object candidates, Predicate<String> test) {
    return candidates instanceof List<?> list
        ? list.stream().map(Text::of).anyMatch(test)
        : test.test(Text.of(candidates));
  }

  static String replace(String text, Arguments arguments) {
    String old = arguments.text(0, "old", "");
    String by = arguments.text(1, "new", "");
    int most = arguments.number(2, "count", -1);
    Run.checkLength(count(text, old) * by.length() + text.length());
    if (most < 0 || old.isEmpty()) {
      return text.replace(old, by);
    }
    StringBuilder replaced = new StringBuilder();
    int from = 0;
    int at = text.indexOf(old);
    for (int i = 0; i < most && at >= 0; i++) {
      replaced.append(text, from, at).append(by);
      from = at + old.length();
      at = text.indexOf(old, from);
    }
    return replaced.append(text, from, text.length()).toString();
  }

  static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.length() + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  static long index(String text, String part) {
    int at = text.indexOf(part);
    if (at < 0) {
      throw new JinjaException(Text.repr(part) + " is not in the string");
    }
    return at;
  }

  static String join(String between, List<Object> parts) {
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      joined.append(i == 0 ? "" : between).append(Text.of(parts.get(i)));
      Run.checkLength(joined.length());
    }
    return joined.toString();
  }

  static String title(String text) {
    return WORD.matcher(text).replaceAll(word -> capitalize(word.group()));
  }

  static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  /** {@code isdigit} and its like. */
  static boolean consistsOf(String text, String method) {
    IntPredicate wanted =
        switch (method) {
          case "isdigit" -> Character::isDigit;
          case "isalpha" -> Character::isLetter;
          case "isspace" -> Character::isWhitespace;
          case "isupper" -> c -> !Character.isLowerCase(c);
          default -> c -> !Character.isUpperCase(c);
        };
    return !text.isEmpty() && text.codePoints().allMatch(wanted);
  }
}
