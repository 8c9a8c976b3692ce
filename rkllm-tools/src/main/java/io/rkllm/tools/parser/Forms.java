package io.rkllm.tools.parser;

/** The forms of tool calls that several families share. */
final class Forms {
  private static final String NAME = "(?<name>" + CallSyntax.NAME + ")";
  private static final String ARGUMENTS = "\\s*+(?:```[a-z]*\\s*+)?";

  // ---- Without a tag, or with a name for one

  static final CallForm BARE_OBJECT = CallForm.bare("{", CallSyntax.json("")).alsoInCode();

  static final CallForm BARE_LIST =
      CallForm.bare("[", CallSyntax.json("(?<list>\\[)\\s*+")).alsoInCode();

  /** {@code [name(key=…), …]}. */
  static final CallForm BARE_PYTHON = CallForm.bare("[", CallSyntax.python("(?<list>\\[)\\s*+"));

  /** An object, or a list of them, in a fence of backticks. */
  static final CallForm FENCED =
      CallForm.atLineStart(
              "```", CallSyntax.json("(?:json|tool|tool_call|tool_code)?\\s*+(?<list>\\[)?\\s*+"))
          .closedBy("```")
          .ofDeclaredTools()
          .alsoInCode();

  /** {@code tool_code} or {@code python} and calls of Python, in a fence of backticks. */
  static final CallForm FENCED_PYTHON =
      CallForm.atLineStart(
              "```", CallSyntax.python("(?:python|tool_code|tool_call)\\s*+(?<list>\\[)?\\s*+"))
          .closedBy("```")
          .ofDeclaredTools()
          .alsoInCode();

  /** {@code **Tool Call:**} and a fence: RWKV. */
  static final CallForm BOLD =
      CallForm.atLineStart("**Tool Call:**", CallSyntax.JSON).closedBy("```").ofDeclaredTools();

  /** The name of a tool, and its arguments in the next line: GLM 4, ChatGLM. */
  static final CallForm NAMED_LINE =
      CallForm.behindToolName(CallSyntax.namedJson("[ \\t]*\\r?\\n\\s*+"));

  /** The name of a tool, and {@code tool_call(…)} in a fence of Python: ChatGLM 3. */
  static final CallForm NAMED_PYTHON =
      CallForm.behindToolName(
              CallSyntax.python("[ \\t]*\\r?\\n\\s*+(?:```(?:python)?\\s*+)?", "tool_call"))
          .optionallyClosedBy("```");

  /** The name of a tool followed by its arguments: Mistral's form without its tags. */
  static final CallForm NAMED_OBJECT =
      CallForm.behindToolName(
          CallSyntax.namedJson("(?:\\[CALL_ID\\][A-Za-z0-9]*)?(?:\\[ARGS\\])?[ \\t]*"));

  // ---- Behind a tag

  static final CallForm TOOL_CALL =
      CallForm.behind("<tool_call>", CallSyntax.JSON).closedBy("</tool_call>");

  /** {@code <|tool_call|>[{…}]}, with a closing tag (Phi) or without one (Granite). */
  static final CallForm TOOL_CALL_TOKEN =
      CallForm.behind("<|tool_call|>", CallSyntax.JSON).optionallyClosedBy("<|/tool_call|>");

  static final CallForm TOOL_CALLS =
      CallForm.behind("<tool_calls>", CallSyntax.JSON).closedBy("</tool_calls>");

  /** {@code <tool_call><function=name><parameter=key>…}. */
  static final CallForm TOOL_CALL_FUNCTION =
      CallForm.behind("<tool_call>", CallSyntax.parameters(ParameterTags.FUNCTION))
          .closedBy("</tool_call>");

  /** {@code <tool_call>name<arg_key>…}. */
  static final CallForm TOOL_CALL_NAME =
      CallForm.behind("<tool_call>", CallSyntax.parameters(ParameterTags.ARG_KEY))
          .closedBy("</tool_call>");

  /** {@code <tool_call>name{…}}. */
  static final CallForm TOOL_CALL_NAMED =
      CallForm.behind("<tool_call>", CallSyntax.namedJson("\\s*+" + NAME + "\\s*+"))
          .closedBy("</tool_call>")
          .ofDeclaredTools();

  /** {@code <function=name><parameter=key>…} without a tag around it. */
  static final CallForm FUNCTION =
      CallForm.behind("<function=", CallSyntax.parameters(ParameterTags.BARE_FUNCTION))
          .optionallyClosedBy("</tool_call>");

  /** {@code <function=name>{…}</function>}. */
  static final CallForm FUNCTION_OBJECT =
      CallForm.behind(
              "<function=", CallSyntax.namedJson("\\s*+\"?" + NAME + "\"?\\s*+>" + ARGUMENTS))
          .closedBy("</function>");

  /** {@code <function name="name"><param name="key">…}. */
  static final CallForm FUNCTION_NAME =
      CallForm.behind("<function name=", CallSyntax.parameters(ParameterTags.PARAM));

  /** {@code <function name="name">{…}</function>}. */
  static final CallForm FUNCTION_NAME_OBJECT =
      CallForm.behind(
              "<function name=",
              CallSyntax.namedJson("\\s*+[\"']" + NAME + "[\"']\\s*+>" + ARGUMENTS))
          .closedBy("</function>");

  private Forms() {}

  /** {@code opener name{…} closer}, with the arguments perhaps in a fence. */
  static CallForm named(String opener, String before, String behind, String closer) {
    return CallForm.behind(
            opener, CallSyntax.namedJson("\\s*+" + before + NAME + behind + ARGUMENTS))
        .closedBy(closer);
  }

  /** {@code opener call:name{key:<quote>text<quote>,…} closer}. */
  static CallForm quoted(String opener, String quote, String closer) {
    return CallForm.behind(
            opener, CallSyntax.quotedBy(quote, "\\s*+:?(?:call:)?\\s*+" + NAME + "\\s*+"))
        .closedBy(closer);
  }

  /** {@code opener name <|constrain|>json<|message|>{…}<|call|>}: gpt-oss. */
  static CallForm channel(String opener) {
    String behind =
        "\\s*+(?:<\\|channel\\|>(?:commentary|analysis)\\s*+)?(?:<\\|constrain\\|>)?(?:json)?\\s*+"
            + "<\\|message\\|>\\s*+";
    return CallForm.behind(opener, CallSyntax.namedJson(NAME + behind))
        .optionallyClosedBy("<|call|>");
  }
}
