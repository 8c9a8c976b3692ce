package io.rkllm.tools.parser;

import io.rkllm.tools.internal.Check;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The syntax of a tool call inside a block: as a JSON object, with parameters between tags, as a
 * call of Python, or in a notation of the application's own ({@link #text}).
 *
 * <p>Immutable.
 *
 * @since 0.1.0
 */
public final class CallSyntax {
  /** The pattern of tool names, which allows one character more than {@code ToolDeclaration}. */
  static final String NAME = "[A-Za-z0-9_.-]{1,128}";

  private static final String FENCE = "(?:```[a-z_]*\\s*+)?";
  private static final String LIST = "(?<list>\\[)?\\s*+";
  private static final Pattern NEXT_OBJECT = Pattern.compile("(?<body>\\{)");
  private static final String PRINT = "print";

  /** {@code name(}, perhaps inside {@code print(…)}, as in code that shows what a tool returns. */
  private static final Pattern NEXT_CALL =
      Pattern.compile(
          "(?<print>"
              + PRINT
              + "[ \\t]*+\\(\\s*+)?(?:default_api\\.)?(?<name>"
              + NAME
              + "?)(?:\\.call)?[ \\t]*\\(");

  /**
   * {@code {"name": …, "arguments": {…}}}, one or several or a list of them, perhaps in a fence of
   * backticks.
   */
  public static final CallSyntax JSON = json("\\s*+" + FENCE + LIST);

  /**
   * {@code name(key="value", …)}, one or several or a list of them, perhaps in a fence of
   * backticks.
   */
  public static final CallSyntax PYTHON = python("\\s*+" + FENCE + LIST);

  private final Pattern first;
  private final @Nullable Pattern next;
  private final Opening opening;

  /** Makes the reader of a call. */
  @FunctionalInterface
  interface Opening {
    /**
     * Returns a reader of the following text.
     *
     * @param name the name of the tool, if it precedes the text to be read
     */
    CallReader open(@Nullable String name, CallContext context);
  }

  /**
   * {@code first}: a pattern for the text between the opener of a block and its first call,
   * including the character that begins the call: groups {@code name}, {@code list} (a bracket that
   * opens a list), {@code print} (a function around the call) and {@code body} (which belongs to
   * the call already), each of which may be missing. {@code next}: the same for the calls after the
   * first one, or null if a block has only one.
   */
  private CallSyntax(Pattern first, @Nullable Pattern next, Opening opening) {
    this.first = first;
    this.next = next;
    this.opening = opening;
  }

  /** Returns {@link #JSON} after a text that matches this pattern. */
  static CallSyntax json(String before) {
    return new CallSyntax(
        Pattern.compile(before + "(?<body>\\{)"),
        NEXT_OBJECT,
        (name, call) -> new CallObject(call));
  }

  /** Returns {@link #PYTHON} after a text that matches this pattern. */
  static CallSyntax python(String before) {
    return new CallSyntax(
        Pattern.compile(before + NEXT_CALL),
        NEXT_CALL,
        (name, call) -> new PythonCall(named(name), call));
  }

  /** Returns a Python call after a text that matches this pattern, always with this name. */
  static CallSyntax python(String before, String function) {
    return new CallSyntax(
        Pattern.compile(before + function + "[ \\t]*\\("),
        null,
        (name, call) -> new PythonCall(named(name), call));
  }

  /**
   * Returns a syntax in which the name of the tool precedes its arguments, which are a JSON object.
   *
   * @param before a regular expression for the text before the object; its group {@code name} is
   *     the name of the tool (not used after a {@linkplain CallForm#behindToolName tool's name})
   * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
   */
  public static CallSyntax namedJson(String before) {
    return new CallSyntax(
        Pattern.compile(Check.nonNull("before", before) + "(?<body>\\{)"),
        null,
        (name, call) -> new NamedCall(named(name), call));
  }

  /**
   * Returns a syntax in which each argument is enclosed in tags. Its text is a string unless the
   * tool's schema requires another type.
   */
  public static CallSyntax parameters(ParameterTags tags) {
    Check.nonNull("tags", tags);
    return new CallSyntax(
        tags.first(), tags.next(), (name, call) -> new TaggedCall(named(name), tags, call));
  }

  /**
   * Returns a syntax like that of {@link #namedJson}, but with keys without quotes, and strings
   * between two of these.
   */
  static CallSyntax quotedBy(String quote, String before) {
    return new CallSyntax(
        Pattern.compile(before + "(?<body>\\{)"),
        null,
        (name, call) -> new QuotedCall(named(name), quote, call));
  }

  /**
   * Returns a syntax of the application's own. The form must have a closer; the text between opener
   * and closer is given to the function when the closer has come. If that throws {@link
   * IllegalArgumentException}, the call is malformed, with the exception's message as the reason.
   *
   * @param parser reads the call; called on the thread that pushes
   */
  public static CallSyntax text(Function<String, ParsedCall> parser) {
    Check.nonNull("parser", parser);
    return new CallSyntax(
        Pattern.compile("(?<body>[\\s\\S])"), null, (name, call) -> new TextCall(parser, call));
  }

  /**
   * A call as a {@linkplain #text syntax of the application's own} read it.
   *
   * @param name the name of the tool
   * @param arguments its arguments as a JSON object
   */
  public record ParsedCall(String name, String arguments) {}

  /** Returns the pattern for the text before a call: the first of a block, or a later one. */
  @Nullable Pattern start(boolean isFirst) {
    return isFirst ? first : next;
  }

  /** Returns whether a function is around a call, and is a tool only if it is declared. */
  boolean isAroundCalls(String function) {
    return next == NEXT_CALL && function.equals(PRINT);
  }

  CallReader open(@Nullable String name, CallContext context) {
    return opening.open(name, context);
  }

  /** Returns a group of a match, or null if the pattern has none or it took no part. */
  static @Nullable String group(Matcher match, String name) {
    return match.namedGroups().containsKey(name) ? match.group(name) : null;
  }

  private static String named(@Nullable String name) {
    if (name == null) {
      throw new IllegalStateException("the syntax has no group for the name of the tool");
    }
    return name;
  }
}
