package io.rkllm.examples.server.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A regular expression of a {@code tokenizer.json}, read only as far as is necessary to bound the
 * number of times that a backtracking engine tries again at one position of a text.
 *
 * <p>The native library ends the process when its engine has tried ten million times, and the file
 * comes with a model that anybody may have made. So an expression is accepted only if that number
 * grows at most linearly with the text, by a small factor. Those of the published tokenizers do.
 */
final class TokenizerPattern {
  private static final int MAX_LENGTH = 16_384;
  private static final int MAX_DEPTH = 16;

  /** The number of attempts of all alternatives that do not depend on the length of the text. */
  private static final long MAX_CONSTANT = 4096;

  /** The number of attempts per character, of all alternatives that depend on its length. */
  private static final long MAX_PER_CHARACTER = 4;

  private static final long TOO_MANY = 1L << 30;

  private static final Pattern RANGE = Pattern.compile("\\{(\\d{1,4})(?:,(\\d{0,4}))?}");
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\(?:[pP]\\{[^{}]{1,40}}|x\\{[0-9A-Fa-f]{1,8}}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}"
              + "|[sSdDwWhHrntf]|[^0-9A-Za-z])",
          Pattern.DOTALL);
  private static final Pattern OPENER = Pattern.compile("\\((?:\\?(?:[im]*(?:-[im]+)?:|[=!]))?");

  private final String text;
  private int at;

  private TokenizerPattern(String text) {
    this.text = text;
  }

  /** Returns whether matching takes a bounded effort for any text. */
  static boolean isBounded(String pattern) {
    if (pattern.length() > MAX_LENGTH) {
      return false;
    }
    TokenizerPattern reader = new TokenizerPattern(pattern);
    try {
      List<Part> alternatives = reader.alternatives(0);
      return reader.at == pattern.length() && isBounded(alternatives);
    } catch (UnsupportedOperationException unknown) {
      return false;
    }
  }

  private static boolean isBounded(List<Part> alternatives) {
    Effort all = Effort.NONE;
    for (Part each : alternatives) {
      all = all.plus(each.once);
    }
    return !all.more && all.constant <= MAX_CONSTANT && all.perCharacter <= MAX_PER_CHARACTER;
  }

  /**
   * A number of attempts.
   *
   * @param constant the number that does not depend on the text
   * @param perCharacter the number for each character of the text
   * @param more whether the number grows faster than the text
   */
  private record Effort(long constant, long perCharacter, boolean more) {
    static final Effort NONE = new Effort(0, 0, false);
    static final Effort ONE = new Effort(1, 0, false);

    Effort times(Effort other) {
      return of(
          constant * other.constant,
          constant * other.perCharacter + perCharacter * other.constant,
          more || other.more || (perCharacter > 0 && other.perCharacter > 0));
    }

    Effort plus(Effort other) {
      return of(constant + other.constant, perCharacter + other.perCharacter, more || other.more);
    }

    private static Effort of(long constant, long perCharacter, boolean more) {
      return new Effort(Math.min(TOO_MANY, constant), Math.min(TOO_MANY, perCharacter), more);
    }
  }

  /**
   * A part of an expression.
   *
   * @param once the effort until it has matched for the first time
   * @param again the effort if everything after it fails each time
   * @param fails whether there are texts that it does not match
   */
  private record Part(Effort once, Effort again, boolean fails) {
    static final Part CHARACTER = new Part(Effort.ONE, Effort.ONE, true);
  }

  private List<Part> alternatives(int depth) {
    if (depth > MAX_DEPTH) {
      throw new UnsupportedOperationException();
    }
    List<Part> all = new ArrayList<>();
    do {
      all.add(sequence(depth));
    } while (skip('|'));
    return all;
  }

  private boolean skip(char wanted) {
    boolean found = at < text.length() && text.charAt(at) == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private Part sequence(int depth) {
    List<Part> parts = new ArrayList<>();
    while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
      parts.add(quantified(part(depth)));
    }
    Effort before = Effort.ONE; // of what is followed by something that may fail
    Effort end = Effort.NONE; // of the rest, which is tried once
    Effort again = Effort.ONE;
    boolean laterFails = false;
    for (Part part : parts.reversed()) {
      if (laterFails) {
        before = before.times(part.again);
      } else if (part.fails) {
        before = part.once;
      } else {
        end = end.plus(part.once);
      }
      again = again.times(part.again);
      laterFails |= part.fails;
    }
    return new Part(before.plus(end), again, laterFails);
  }

  private Part part(int depth) {
    return switch (text.charAt(at)) {
      case '(' -> group(depth);
      case '[' -> characterClass();
      case '\\' -> {
        at = end(ESCAPE);
        yield Part.CHARACTER;
      }
      case '*', '+', '?', '{', '}', ']' -> throw new UnsupportedOperationException();
      default -> {
        at += Character.charCount(text.codePointAt(at));
        yield Part.CHARACTER;
      }
    };
  }

  /** Returns the end of what an expression finds here, which must be something. */
  private int end(Pattern expected) {
    Matcher matcher = expected.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw new UnsupportedOperationException();
    }
    return matcher.end();
  }

  private Part characterClass() {
    int depth = 0;
    int begin = at;
    do {
      char c = text.charAt(at);
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      at = c == '\\' ? end(ESCAPE) : at + 1;
      if (at >= text.length() && depth > 0) {
        throw new UnsupportedOperationException();
      }
    } while (depth > 0);
    if (text.startsWith("[]", begin) || text.startsWith("[^]", begin)) {
      throw new UnsupportedOperationException();
    }
    return Part.CHARACTER;
  }

  private Part group(int depth) {
    int begin = at;
    at = end(OPENER);
    boolean lookahead = at - begin == 3 && text.charAt(begin + 2) != ':';
    if (at - begin == 1 && text.startsWith("?", at)) {
      throw new UnsupportedOperationException(); // a named group, lookbehind, or something else
    }
    List<Part> alternatives = alternatives(depth + 1);
    if (!skip(')')) {
      throw new UnsupportedOperationException();
    }
    Effort once = Effort.NONE;
    Effort again = Effort.NONE;
    boolean fails = true;
    for (Part each : alternatives) {
      once = once.plus(each.once);
      again = again.plus(each.again);
      fails &= each.fails;
    }
    return new Part(once, lookahead ? once : again, fails || lookahead);
  }

  /** Reads what says how often a part is repeated, if anything does. */
  private Part quantified(Part part) {
    if (at == text.length()) {
      return part;
    }
    int min;
    int max;
    switch (text.charAt(at)) {
      case '*', '+' -> {
        min = text.charAt(at++) == '+' ? 1 : 0;
        max = Integer.MAX_VALUE;
      }
      case '?' -> {
        at++;
        min = 0;
        max = 1;
      }
      case '{' -> {
        Matcher range = RANGE.matcher(text).region(at, text.length());
        if (!range.lookingAt()) {
          throw new UnsupportedOperationException();
        }
        at = range.end();
        min = Integer.parseInt(range.group(1));
        String limit = range.group(2);
        max = limit == null ? min : limit.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(limit);
      }
      default -> {
        return part;
      }
    }
    if (at < text.length() && "*+?{".indexOf(text.charAt(at)) >= 0) {
      throw new UnsupportedOperationException(); // lazy, possessive, or a repeated repetition
    }
    return repeated(part, min, max);
  }

  private static Part repeated(Part part, int min, int max) {
    boolean fails = min > 0 && part.fails;
    if (max <= 1) {
      return new Part(part.once, part.again.plus(Effort.ONE), fails);
    }
    if (!part.again.equals(Effort.ONE) || !part.fails) { // it can divide its text in several ways
      throw new UnsupportedOperationException();
    }
    return max == Integer.MAX_VALUE
        ? new Part(Effort.ONE, new Effort(1, 1, false), fails)
        : new Part(Effort.ONE, new Effort(Math.max(1, max - min + 1), 0, false), fails);
  }
}
