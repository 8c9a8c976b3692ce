package io.rkllm.tools.internal.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Escapes in a Python string; what is none stays as it is. */
final class Escapes {
  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\\\\'\"nrtbf0]))|\\\\\n");

  private Escapes() {}

  static String decode(String literal) {
    return literal.indexOf('\\') < 0
        ? literal
        : ESCAPE
            .matcher(literal)
            .replaceAll(
                match -> {
                  String hex = match.group(1) != null ? match.group(1) : match.group(2);
                  String decoded =
                      hex != null
                          ? String.valueOf((char) Integer.parseInt(hex, 16))
                          : match.group(3) == null ? "" : letter(match.group(3));
                  return Matcher.quoteReplacement(decoded);
                });
  }

  private static String letter(String escaped) {
    return switch (escaped) {
      case "n" -> "\n";
      case "r" -> "\r";
      case "t" -> "\t";
      case "b" -> "\b";
      case "f" -> "\f";
      case "0" -> "\0";
      default -> escaped;
    };
  }
}
