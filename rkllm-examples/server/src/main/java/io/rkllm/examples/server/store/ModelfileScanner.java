package io.rkllm.examples.server.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits the text of a Modelfile into entries: {@code KEY=value} as RKLLama writes it, and {@code
 * KEY value} as Ollama does. Values may be quoted, and then span several lines. Not thread-safe.
 *
 * <p>A quote ends a value only if nothing but a comment follows it on its line, because RKLLama
 * writes system prompts between quotes without escapes.
 */
final class ModelfileScanner {
  private static final Pattern START =
      Pattern.compile("\\s*([A-Za-z_][A-Za-z0-9_]*)(\\s*=\\s*|\\s+|$)(.*)", Pattern.DOTALL);
  private static final Pattern NOTHING_MORE = Pattern.compile("\\s*(#.*)?", Pattern.DOTALL);
  private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*$", Pattern.DOTALL);
  private static final Pattern ESCAPE = Pattern.compile("\\\\([ntr\"\\\\])");
  private static final String TRIPLE = "\"\"\"";

  private final String file;
  private final List<String> lines;
  private final List<ModelfileEntry> entries = new ArrayList<>();
  private int next;

  private ModelfileScanner(String file, String text) {
    this.file = file;
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text; // a byte order mark
    lines = plain.lines().toList();
  }

  /**
   * Returns the entries in their order.
   *
   * @param file the name of the text in messages
   * @throws IllegalArgumentException if a line is not a setting, or a quote is not closed
   */
  static List<ModelfileEntry> scan(String file, String text) {
    ModelfileScanner scanner = new ModelfileScanner(file, text);
    while (scanner.next < scanner.lines.size()) {
      scanner.scanLine();
    }
    return scanner.entries;
  }

  private void scanLine() {
    int number = next + 1;
    String line = lines.get(next++);
    if (line.isBlank() || line.strip().startsWith("#")) {
      return;
    }
    Matcher start = START.matcher(line);
    if (!start.matches()) {
      throw new IllegalArgumentException(
          "%s line %d: must be KEY=value or KEY value, was: %s"
              .formatted(file, number, line.strip()));
    }
    String key = start.group(1).toUpperCase(Locale.ROOT);
    boolean prose =
        !start.group(2).contains("=") && (key.equals("SYSTEM") || key.equals("MESSAGE"));
    entries.add(new ModelfileEntry(number, key, value(start.group(3), number, prose)));
  }

  private String value(String rest, int number, boolean prose) {
    if (rest.startsWith(TRIPLE)) {
      return block(quoted(rest.substring(TRIPLE.length()), TRIPLE, number));
    }
    if (rest.startsWith("\"")) {
      return unescaped(quoted(rest.substring(1), "\"", number));
    }
    if (rest.startsWith("'")) {
      return quoted(rest.substring(1), "'", number);
    }
    return prose ? rest.strip() : COMMENT.matcher(rest).replaceFirst("").strip();
  }

  /** Returns the text before the closing quote, which may be on a later line. */
  private String quoted(String first, String quote, int number) {
    StringBuilder text = new StringBuilder();
    String line = first;
    while (true) {
      int end = endOfQuote(line, quote);
      if (end >= 0) {
        return text.append(line, 0, end).toString();
      }
      text.append(line).append('\n');
      if (next == lines.size()) {
        throw new IllegalArgumentException(
            "%s line %d: the quote %s that is opened here is not closed"
                .formatted(file, number, quote));
      }
      line = lines.get(next++);
    }
  }

  private static int endOfQuote(String line, String quote) {
    int from = 0;
    while (true) {
      int at = line.indexOf(quote, from);
      if (at < 0) {
        return -1;
      }
      boolean escaped = quote.equals("\"") && isEscaped(line, at);
      if (!escaped
          && NOTHING_MORE.matcher(line).region(at + quote.length(), line.length()).matches()) {
        return at;
      }
      from = at + 1;
    }
  }

  private static boolean isEscaped(String line, int at) {
    int backslashes = 0;
    while (at - backslashes > 0 && line.charAt(at - backslashes - 1) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  /** Removes the line break after the opening quotes and the one before the closing quotes. */
  private static String block(String text) {
    int begin = text.startsWith("\n") ? 1 : 0;
    int end = text.length() > begin && text.endsWith("\n") ? text.length() - 1 : text.length();
    return text.substring(begin, end);
  }

  private static String unescaped(String text) {
    return ESCAPE.matcher(text).replaceAll(escape -> Matcher.quoteReplacement(meant(escape)));
  }

  private static String meant(MatchResult escape) {
    return switch (escape.group(1)) {
      case "n" -> "\n";
      case "t" -> "\t";
      case "r" -> "\r";
      default -> escape.group(1);
    };
  }
}
