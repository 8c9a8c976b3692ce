package io.rkllm.tools.internal.jinja;

import io.rkllm.tools.internal.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a template into tokens. White space is controlled as in transformers: the line break after
 * a block is removed, and so are the blanks before a block that begins a line.
 */
final class Lexer {
  private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
  private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*([-+]?)%}");
  private static final Pattern INSIDE =
      Pattern.compile(
          "(?<name>[A-Za-z_][A-Za-z0-9_]*)"
              + "|(?<float>\\d[\\d_]*(?:\\.\\d[\\d_]*(?:[eE][-+]?\\d+)?|[eE][-+]?\\d+))"
              + "|(?<integer>\\d[\\d_]*)"
              + "|(?<operator>//|\\*\\*|==|!=|>=|<=|[-+*/%~()\\[\\]{},.:|=<>])");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String unix = template.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        addText(source.substring(at));
        break;
      }
      addText(beforeTag(tag));
      advanceTo(tag);
      switch (source.charAt(tag + 1)) {
        case '#' -> comment();
        case '{' -> tag(Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
        default -> {
          if (!raw()) {
            tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
          }
        }
      }
    }
    add(Kind.END, "the end of the template");
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the text up to a tag, without the white space that the tag removes. */
  private String beforeTag(int tag) {
    String text = source.substring(at, tag);
    char control = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
    if (control == '-') {
      return text.stripTrailing();
    }
    if (control == '+' || source.charAt(tag + 1) == '{') {
      return text;
    }
    int line = text.lastIndexOf('\n') + 1;
    boolean begins = line > 0 || lineStarts;
    return begins && text.substring(line).isBlank() ? text.substring(0, line) : text;
  }

  private void comment() {
    int end = source.indexOf("#}", at + 2);
    if (end < 0) {
      throw new JinjaException(line, "a comment has no end");
    }
    char control = source.charAt(end - 1);
    advanceTo(end + 2);
    afterTag(control, true);
  }

  private boolean raw() {
    Matcher begin = RAW_BEGIN.matcher(source).region(at, source.length());
    if (!begin.lookingAt()) {
      return false;
    }
    Matcher end = RAW_END.matcher(source);
    if (!end.find(begin.end())) {
      throw new JinjaException(line, "raw has no endraw");
    }
    advanceTo(begin.end());
    afterTag(controlOf(begin.group(1)), false); // of a raw block, only the end removes a line break
    at = Math.min(at, end.start());
    addText(beforeTag(end.start()));
    advanceTo(end.end());
    afterTag(controlOf(end.group(2)), true);
    return true;
  }

  private static char controlOf(String group) {
    return group.isEmpty() ? ' ' : group.charAt(0);
  }

  private void tag(Kind begin, Kind end, String closing) {
    add(begin, source.substring(at, at + 2));
    at += 2;
    if (at < source.length() && "-+".indexOf(source.charAt(at)) >= 0) {
      at++;
    }
    int depth = 0;
    while (true) {
      skipBlanks();
      if (at >= source.length()) {
        throw new JinjaException(line, "a tag has no " + closing);
      }
      char c = source.charAt(at);
      int skip = c == '-' || (c == '+' && end == Kind.BLOCK_END) ? 1 : 0;
      if (depth == 0 && source.startsWith(closing, at + skip)) {
        add(end, closing);
        at += skip + 2;
        afterTag(skip == 1 ? c : ' ', end == Kind.BLOCK_END);
        return;
      }
      depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
      inside(c);
    }
  }

  private void inside(char c) {
    if (c == '\'' || c == '"') {
      string(c);
      return;
    }
    Matcher matcher = INSIDE.matcher(source).region(at, source.length());
    if (!matcher.lookingAt()) {
      throw new JinjaException(line, "unexpected character '" + c + "'");
    }
    Kind kind =
        matcher.group("name") != null
            ? Kind.NAME
            : matcher.group("float") != null
                ? Kind.FLOAT
                : matcher.group("integer") != null ? Kind.INTEGER : Kind.OPERATOR;
    add(kind, matcher.group());
    at = matcher.end();
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new JinjaException(line, "a string has no end");
    }
    add(Kind.STRING, Escapes.decode(source.substring(at + 1, end)));
    advanceTo(end + 1);
  }

  private void skipBlanks() {
    int end = at;
    while (end < source.length() && Character.isWhitespace(source.charAt(end))) {
      end++;
    }
    advanceTo(end);
  }

  /** Skips the whitespace that a tag removes from the text after it. */
  private void afterTag(char control, boolean trims) {
    int from = at;
    if (control == '-') {
      skipBlanks();
    } else if (trims && control != '+' && at < source.length() && source.charAt(at) == '\n') {
      advanceTo(at + 1);
    }
    lineStarts = at > from && source.charAt(at - 1) == '\n';
  }

  private void advanceTo(int end) {
    for (int i = at; i < end; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    at = end;
  }

  private void addText(String text) {
    if (!text.isEmpty()) {
      add(Kind.TEXT, text);
    }
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }
}
