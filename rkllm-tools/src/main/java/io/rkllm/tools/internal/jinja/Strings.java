package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's operations on strings. */
final class Strings {
  private static final Pattern WORD = Pattern.compile("\\p{L}+");
  private static final Pattern PART = Pattern.compile("[^-\\s({\\[<]+");
  private static final String BLANKS = " \t\n\r\f\u000b";

  private Strings() {}

  /** Returns the text without the blanks, or the given characters, at its ends. */
  static String strip(String text, Arguments arguments, boolean left, boolean right) {
    Object given = arguments.get(0, "chars", None.NONE);
    String characters = given == None.NONE ? BLANKS : Text.of(given);
    Budget.search(text, characters);
    int from = 0;
    int to = text.length();
    while (left && from < to && characters.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (right && to > from && characters.indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    return part(text, from, to);
  }

  private static String part(String text, int from, int to) {
    Budget.text(to - from);
    return text.substring(from, to);
  }

  static List<Object> split(String text, boolean fromTheRight, Arguments arguments) {
    Object separator = arguments.get(0, "sep", None.NONE);
    int most = arguments.number(1, "maxsplit", -1);
    if (separator == None.NONE) {
      return words(strip(text, Arguments.NONE, true, true), most);
    }
    String by = Text.of(separator);
    if (by.isEmpty()) {
      throw new JinjaException("cannot split by an empty string");
    }
    Budget.search(text, by);
    return fromTheRight ? splitFromTheRight(text, by, most) : splitFromTheLeft(text, by, most);
  }

  private static List<Object> splitFromTheLeft(String text, String by, int most) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(by);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      add(parts, text, from, at);
      from = at + by.length();
      at = text.indexOf(by, from);
    }
    add(parts, text, from, text.length());
    return parts;
  }

  private static List<Object> splitFromTheRight(String text, String by, int most) {
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    int at = text.lastIndexOf(by);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      add(parts, text, at + by.length(), to);
      to = at;
      at = text.lastIndexOf(by, to - by.length());
    }
    add(parts, text, 0, to);
    Collections.reverse(parts);
    return parts;
  }

  /** Returns the words of a text that begins and ends with a word. */
  private static List<Object> words(String text, int most) {
    Budget.search(text, BLANKS);
    List<Object> words = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int to = most >= 0 && words.size() == most ? text.length() : from;
      while (to < text.length() && BLANKS.indexOf(text.charAt(to)) < 0) {
        to++;
      }
      add(words, text, from, to);
      from = to;
      while (from < text.length() && BLANKS.indexOf(text.charAt(from)) >= 0) {
        from++;
      }
    }
    return words;
  }

  private static void add(List<Object> parts, String text, int from, int to) {
    Budget.elements(1);
    parts.add(part(text, from, to));
  }

  static List<Object> lines(String text) {
    Budget.text(text.length());
    List<Object> lines = new ArrayList<>();
    text.lines()
        .forEach(
            line -> {
              Budget.objects(1);
              lines.add(line);
            });
    return lines;
  }

  static boolean anyOf(Object candidates, Predicate<String> test) {
    return candidates instanceof List<?> list
        ? list.stream().anyMatch(candidate -> holds(Text.of(candidate), test))
        : holds(Text.of(candidates), test);
  }

  private static boolean holds(String candidate, Predicate<String> test) {
    Budget.read(candidate);
    return test.test(candidate);
  }

  static String replace(String text, Arguments arguments) {
    String old = arguments.text(0, "old", "");
    String by = arguments.text(1, "new", "");
    int most = arguments.number(2, "count", -1);
    long count = count(text, old);
    long times = most < 0 ? count : Math.min(count, most);
    Budget.objects(1 + times / 8); // places that are found are kept for a while
    Budget.built(times * by.length() + text.length());
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
    Budget.search(text, part);
    if (part.isEmpty()) {
      return text.length() + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  static long find(String text, Arguments arguments) {
    String part = arguments.text(0, "sub", "");
    Budget.search(text, part);
    return text.indexOf(part);
  }

  static long findLast(String text, Arguments arguments) {
    String part = arguments.text(0, "sub", "");
    Budget.search(text, part);
    return text.lastIndexOf(part);
  }

  static long index(String text, Arguments arguments) {
    long at = find(text, arguments);
    if (at < 0) {
      String part = arguments.text(0, "sub", "");
      throw new JinjaException(Text.repr(part) + " is not in the string");
    }
    return at;
  }

  static String join(String between, List<Object> parts) {
    List<String> texts = new ArrayList<>();
    Budget.elements(2L * parts.size());
    for (Object part : parts) {
      String text = Text.of(part);
      Budget.text((long) text.length() + between.length());
      texts.add(text);
    }
    return String.join(between, texts);
  }

  static String lower(String text) {
    Budget.built(text.length());
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    Budget.built(text.length()); // one character may become three
    return text.toUpperCase(Locale.ROOT);
  }

  static String title(String text) {
    Budget.built(2L * text.length());
    return WORD.matcher(text).replaceAll(word -> capitalize(word.group()));
  }

  /**
   * Returns the text in title case as the filter does, where words begin after blanks, hyphens, and
   * opening brackets.
   */
  static String titled(String text) {
    Budget.built(2L * text.length());
    return PART.matcher(text)
        .replaceAll(part -> Matcher.quoteReplacement(capitalize(part.group())));
  }

  static String capitalize(String text) {
    Budget.built(2L * text.length());
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static boolean hasCase(int character) {
    return Character.isLowerCase(character)
        || Character.isUpperCase(character)
        || Character.isTitleCase(character);
  }

  /** Evaluates {@code isdigit} and similar methods. */
  static boolean consistsOf(String text, String method) {
    Budget.search(text, "");
    boolean cased = method.equals("isupper") || method.equals("islower");
    if (cased && text.codePoints().noneMatch(Strings::hasCase)) {
      return false;
    }
    IntPredicate wanted =
        switch (method) {
          case "isdigit", "isdecimal", "isnumeric" -> Character::isDigit;
          case "isalnum" -> Character::isLetterOrDigit;
          case "isalpha" -> Character::isLetter;
          case "isspace" -> Character::isWhitespace;
          case "isupper" -> c -> !Character.isLowerCase(c);
          default -> c -> !Character.isUpperCase(c);
        };
    return !text.isEmpty() && text.codePoints().allMatch(wanted);
  }
}
