package io.rkllm.tools.internal.schema;

import com.networknt.schema.regex.RegularExpressions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;

/**
 * Translates a pattern of a JSON Schema, which is written as in ECMA-262, into the syntax of RE2,
 * and computes the size of its program before it is compiled. Groups do not capture afterwards.
 * Used by one thread.
 */
final class EcmaPattern {
  private static final int MAX_LENGTH = 4_000;
  private static final int MAX_SIZE = 5_000;
  private static final int MAX_DEPTH = 100;
  private static final int MAX_COUNT = 1_000;

  /** The maximum nesting of optional parts, for each of which RE2 uses stack. */
  private static final int MAX_NESTED = 50;

  /** The cost of a character class that becomes a table, since each class keeps a copy. */
  private static final int TABLE = 50;

  private static final Set<String> PROPERTY_KINDS =
      Set.of("General_Category", "gc", "Script", "sc", "Script_Extensions", "scx");

  /** White space of ECMA-262. It ends in a range, so that a hyphen after it is a literal hyphen. */
  private static final String SPACE =
      "\\x{20}\\x{A0}\\x{1680}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}"
          + "\\t-\\r\\x{2000}-\\x{200A}";

  private static final String NO_SPACE =
      "\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}"
          + "\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}"
          + "\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}";

  private final String pattern;
  private final StringBuilder out = new StringBuilder();
  private final Deque<Group> groups = new ArrayDeque<>();
  private int at;
  private int atom = -1; // where the last one begins in out; -1 if there is nothing to repeat
  private long atomSize;
  private long size;
  private long tables;
  private boolean dotAll;
  private boolean ignoreCase;

  /** A group that is open: where it begins in out, and how large all before it is. */
  private record Group(int start, long sizeBefore) {}

  private EcmaPattern(String pattern) {
    this.pattern = pattern;
  }

  /** A pattern for RE2, and how large its program becomes at most. */
  record Translation(String pattern, int size) {}

  /**
   * Returns the pattern for RE2.
   *
   * @throws IllegalArgumentException if it uses features that RE2 lacks or is too large; the
   *     message contains the reason
   */
  static Translation translate(String pattern) {
    if (pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("it has more than " + MAX_LENGTH + " characters");
    }
    return new EcmaPattern(pattern).translate();
  }

  private Translation translate() {
    while (at < pattern.length()) {
      step(pattern.charAt(at++));
      if (size + tables > MAX_SIZE) {
        throw tooLarge();
      }
    }
    if (!groups.isEmpty()) {
      throw new IllegalArgumentException("a ( is not closed");
    }
    return new Translation(out.toString(), (int) (size + tables) + 1);
  }

  private void step(char c) {
    switch (c) {
      case '(' -> open();
      case ')' -> close();
      case '[' -> characterClass();
      case '*', '+', '?' -> repeated(String.valueOf(c), 1);
      case '{' -> count();
      case '|' -> {
        out.append(c);
        size++;
        atom = -1;
      }
      case '.' -> add(dotAll ? "(?s:.)" : "[^\\n\\r\\x{2028}\\x{2029}]");
      case '\\' -> add(escape(false));
      default -> {
        boolean pair =
            Character.isHighSurrogate(c)
                && at < pattern.length()
                && Character.isLowSurrogate(pattern.charAt(at));
        add(pair ? pattern.substring(at - 1, ++at) : String.valueOf(c));
      }
    }
  }

  private void add(String text) {
    atom = out.length();
    atomSize = 1;
    size++;
    out.append(text);
  }

  private void open() {
    int start = out.length();
    String opener = "(?:";
    if (pattern.startsWith("?", at)) {
      int end = at + 1;
      while (end < pattern.length() && "ims-".indexOf(pattern.charAt(end)) >= 0) {
        end++;
      }
      if (pattern.startsWith("?<", at) && !pattern.startsWith("=", at + 2)) {
        end = pattern.startsWith("!", at + 2) ? -1 : pattern.indexOf('>', at);
      } else if (pattern.startsWith(":", end) || pattern.startsWith(")", end)) {
        flags(pattern.substring(at + 1, end));
        opener = "(" + pattern.substring(at, end + 1);
      } else {
        end = -1;
      }
      if (end < 0) {
        throw new IllegalArgumentException(
            "it has "
                + ModelText.quote("(" + ModelText.truncate(pattern.substring(at), 4))
                + ", and lookahead, lookbehind and the like cannot be matched in linear time");
      }
      at = end + 1;
    }
    out.append(opener);
    atom = -1;
    if (!opener.endsWith(")")) {
      groups.push(new Group(start, size));
      size = 0;
    }
    if (groups.size() > MAX_DEPTH) {
      throw new IllegalArgumentException("its groups are nested more than " + MAX_DEPTH + " deep");
    }
  }

  private void flags(String flags) {
    String on = flags.replaceFirst("-.*", "");
    dotAll |= on.contains("s");
    ignoreCase |= on.contains("i");
  }

  private void close() {
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("a ) closes nothing");
    }
    Group group = groups.pop();
    out.append(')');
    atom = group.start;
    atomSize = size + 1; // an empty group is an instruction too
    size = group.sizeBefore + atomSize;
  }

  /** Parses a repetition such as {@code {2,5}}, or a literal brace. */
  private void count() {
    int end = pattern.indexOf('}', at);
    String counts = end < 0 ? "" : pattern.substring(at, end);
    if (!isCount(counts)) {
      add("\\{");
      return;
    }
    at = end + 1;
    int comma = counts.indexOf(',');
    int least = number(comma < 0 ? counts : counts.substring(0, comma));
    boolean endless = comma == counts.length() - 1;
    int most = comma < 0 || endless ? least : number(counts.substring(comma + 1));
    if (most < least) {
      throw new IllegalArgumentException("it has {" + counts + "}, which is not a range");
    }
    int optional = most - least;
    if (optional > MAX_NESTED && atom >= 0) {
      checkSize(most); // before the text grows
      String repeated = out.substring(atom);
      out.append(
          "{%d}(?:%s{0,%d}){%d}".formatted(least, repeated, MAX_NESTED, optional / MAX_NESTED));
      out.insert(atom, "(?:");
      repeated("%s{0,%d})".formatted(repeated, optional % MAX_NESTED), most);
    } else {
      repeated("{" + counts + "}", Math.max(most, 1));
    }
  }

  private static boolean isCount(String counts) {
    int comma = counts.indexOf(',');
    String least = comma < 0 ? counts : counts.substring(0, comma);
    String most = comma < 0 ? "" : counts.substring(comma + 1);
    return !least.isEmpty() && (least + most).chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static int number(String digits) {
    int number = digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    if (number > MAX_COUNT) {
      throw new IllegalArgumentException(
          "it repeats something "
              + ModelText.truncate(digits, 20)
              + " times, which must be at most "
              + MAX_COUNT);
    }
    return number;
  }

  /** Repeats the last atom according to the quantifier after it. */
  private void repeated(String quantifier, int times) {
    if (atom < 0) {
      throw new IllegalArgumentException("there is nothing to repeat before a quantifier");
    }
    checkSize(times);
    size += (atomSize + 1) * times - atomSize;
    out.append(quantifier);
    atom = -1;
    if (pattern.startsWith("?", at)) { // lazy, which makes no difference to whether it matches
      at++;
    }
  }

  private void checkSize(int times) {
    if ((atomSize + 1) * times > MAX_SIZE) {
      throw tooLarge();
    }
  }

  private static IllegalArgumentException tooLarge() {
    return new IllegalArgumentException(
        "with its repetitions written out it has more than " + MAX_SIZE + " steps");
  }

  private void characterClass() {
    boolean not = pattern.startsWith("^", at);
    at += not ? 1 : 0;
    StringBuilder members = new StringBuilder();
    while (at < pattern.length() && pattern.charAt(at) != ']') {
      char c = pattern.charAt(at++);
      switch (c) {
        case '\\' -> members.append(escape(true));
        case '[', '^' -> members.append('\\').append(c);
        default -> members.append(c);
      }
    }
    if (at++ >= pattern.length()) {
      throw new IllegalArgumentException("a [ is not closed");
    }
    tables += ignoreCase ? TABLE : 0;
    if (members.isEmpty()) { // to ECMA-262 these are nothing and anything
      add(not ? "(?s:.)" : "[^\\x{0}-\\x{10FFFF}]");
    } else {
      add((not ? "[^" : "[") + members + "]");
    }
  }

  /** Parses the escape after a backslash. */
  private String escape(boolean inClass) {
    if (at == pattern.length()) {
      throw new IllegalArgumentException("it ends in a backslash");
    }
    char c = pattern.charAt(at++);
    return switch (c) {
      case 'd', 'D', 'w', 'W', 't', 'n', 'r', 'f', 'v' -> "\\" + c;
      case 's' -> inClass ? SPACE : "[" + SPACE + "]";
      case 'S' -> inClass ? NO_SPACE : "[" + NO_SPACE + "]";
      case 'b' -> inClass ? "\\x{8}" : "\\b";
      case 'B', 'A', 'z' -> "\\" + c; // in a class RE2 refuses them
      case '0' -> "\\x{0}";
      case 'x' -> character(hex(2));
      case 'u' -> character(unicode());
      case 'c' -> control();
      case 'p', 'P' -> property(c);
      case '1', '2', '3', '4', '5', '6', '7', '8', '9', 'k' ->
          throw new IllegalArgumentException(
              "it has \"\\" + c + "\", and a backreference cannot be matched in linear time");
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw new IllegalArgumentException("it has \"\\" + c + "\", which has no meaning");
        }
        yield c < 0x80 ? "\\" + c : String.valueOf(c);
      }
    };
  }

  private static String character(int codePoint) {
    return "\\x{" + Integer.toHexString(codePoint).toUpperCase(Locale.ROOT) + "}";
  }

  private int hex(int digits) {
    int end = Math.min(at + digits, pattern.length());
    String number = pattern.substring(at, end);
    at = end;
    try {
      return Integer.parseUnsignedInt(number, 16);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "it has " + ModelText.quote(number) + " for a character", e);
    }
  }

  /** Parses a Unicode escape; two escapes of surrogates are one character. */
  private int unicode() {
    if (pattern.startsWith("{", at)) {
      int end = pattern.indexOf('}', at++);
      int codePoint = hex(Math.clamp(end - at, 1, 8));
      at++;
      return codePoint;
    }
    char first = (char) hex(4);
    if (Character.isHighSurrogate(first) && pattern.startsWith("\\u", at)) {
      int mark = at;
      at += 2;
      char second = (char) hex(4);
      if (Character.isLowSurrogate(second)) {
        return Character.toCodePoint(first, second);
      }
      at = mark;
    }
    return first;
  }

  private String control() {
    return character(at < pattern.length() ? pattern.charAt(at++) % 32 : 0);
  }

  private String property(char c) {
    int end = pattern.startsWith("{", at) ? pattern.indexOf('}', at) : -1;
    if (end < 0) {
      throw new IllegalArgumentException("it has \"\\" + c + "\" without {…}");
    }
    String name = pattern.substring(at + 1, end);
    at = end + 1;
    int value = name.indexOf('=');
    String plain =
        value > 0 && PROPERTY_KINDS.contains(name.substring(0, value))
            ? name.substring(value + 1)
            : name;
    tables += TABLE;
    String known = RegularExpressions.replaceLongformCharacterProperties("\\p{" + plain + "}");
    return "\\" + c + known.substring(2);
  }
}
