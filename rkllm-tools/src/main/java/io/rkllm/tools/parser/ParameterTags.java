package io.rkllm.tools.parser;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tags of a call in which each argument is enclosed in tags that contain its key.
 *
 * @param before a regular expression for the text between the opener of the block and the first
 *     parameter; its group {@code name} is the name of the tool, and its group {@code body}, if
 *     any, the text that already belongs to the first parameter
 * @param parameter a regular expression for the opening tag of a parameter; its group {@code key}
 *     is the key
 * @param closer the tag that ends a parameter
 * @param end the tag that ends the call, or null if the closer of the block ends it
 * @since 0.1.0
 */
public record ParameterTags(String before, String parameter, String closer, @Nullable String end) {
  private static final String KEY = "[^<>\"\\n]{1,128}";

  /** {@code <function=NAME><parameter=KEY>…</parameter></function>}: Qwen 3.5, Qwen3-Coder. */
  static final ParameterTags FUNCTION =
      new ParameterTags(
          "\\s*+<function=\\s*+\"?(?<name>" + CallSyntax.NAME + ")\"?\\s*+>",
          "<parameter=\\s*+\"?(?<key>" + KEY + "?)\"?\\s*+>",
          "</parameter>",
          "</function>");

  /** The same after {@code <function=}, for models that omit the enclosing tag. */
  static final ParameterTags BARE_FUNCTION =
      new ParameterTags(
          "\\s*+\"?(?<name>" + CallSyntax.NAME + ")\"?\\s*+>\\s*+(?<body><)",
          FUNCTION.parameter,
          FUNCTION.closer,
          FUNCTION.end);

  /** {@code <function name="NAME"><param name="KEY">…</param></function>}: MiniCPM 4. */
  static final ParameterTags PARAM =
      new ParameterTags(
          "\\s*+[\"'](?<name>" + CallSyntax.NAME + ")[\"']\\s*+>\\s*+(?<body><)",
          "<param(?:eter)? name=[\"'](?<key>" + KEY + ")[\"']\\s*+>",
          "</param>",
          "</function>");

  /** {@code NAME<arg_key>KEY</arg_key><arg_value>…</arg_value>}: GLM 4.5 and later. */
  static final ParameterTags ARG_KEY =
      new ParameterTags(
          "\\n?(?<name>" + CallSyntax.NAME + ")\\s*+(?<body><)",
          "<arg_key>(?<key>[^<>]{1,128})</arg_key>\\s*+<arg_value>",
          "</arg_value>",
          null);

  /** {@code <tool_call>NAME<tool_sep>} and the tags of {@link #ARG_KEY}: Hunyuan. */
  static final ParameterTags TOOL_SEP =
      new ParameterTags(
          "\\s*+<tool_call>\\s*+(?<name>" + CallSyntax.NAME + ")\\s*+<tool_sep>",
          ARG_KEY.parameter,
          ARG_KEY.closer,
          "</tool_call>");

  /**
   * {@code <invoke name="NAME"><parameter name="KEY">…</parameter></invoke>}, with a mark after the
   * {@code <} of each tag: MiniMax, DeepSeek 3.2.
   */
  static ParameterTags invoke(String mark) {
    return new ParameterTags(
        "\\s*+<" + mark + "invoke name=\"(?<name>" + CallSyntax.NAME + ")\"\\s*+>",
        "<" + mark + "parameter name=\"(?<key>" + KEY + ")\"(?: string=\"(?:true|false)\")?\\s*+>",
        "</" + mark + "parameter>",
        "</" + mark + "invoke>");
  }

  Pattern first() {
    return Pattern.compile(before);
  }

  /** Returns the pattern that begins another call of the same block, or null if there is none. */
  @Nullable Pattern next() {
    return end == null || before.contains("(?<body>") ? null : Pattern.compile(before);
  }
}
