package io.rkllm.tools.parser;

import static io.rkllm.tools.parser.FamilyDialect.each;

import io.rkllm.tools.format.ModelFamily;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.GemmaText;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dialects of tool calls: those of known families, and those that applications provide as
 * services.
 */
public final class Dialects {
  private static final Logger LOG = LoggerFactory.getLogger(Dialects.class);
  private static final String IM_END = "<|im_end|>";

  /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Qwen, Hermes and many others. */
  public static final Dialect HERMES =
      FamilyDialect.of(
          "hermes",
          List.of(IM_END),
          each(CallText::hermes, "\n"),
          Forms.TOOL_CALL,
          Forms.TOOL_CALL_FUNCTION,
          Forms.FUNCTION,
          Forms.FUNCTION_OBJECT);

  /**
   * {@code <tool_call><function=name><parameter=key>…</parameter></function></tool_call>}: Qwen 3.5
   * and Qwen3-Coder. Also reads {@link #HERMES}.
   */
  public static final Dialect QWEN_CODER =
      FamilyDialect.of(
          "qwen-coder",
          List.of(IM_END),
          each(CallText::function, "\n"),
          Forms.TOOL_CALL_FUNCTION,
          Forms.TOOL_CALL,
          Forms.FUNCTION,
          Forms.FUNCTION_OBJECT);

  /**
   * {@code {"name": …, "parameters": {…}}} alone, if it names a declared tool, or after {@code
   * <|python_tag|>}; {@code [name(key=…)]} with or without it: Llama 3.
   */
  public static final Dialect LLAMA =
      FamilyDialect.of(
          "llama",
          List.of("<|eom_id|>", "<|eot_id|>", "<|eot|>"),
          each(CallText::withParameters, "; "),
          CallForm.behind("<|python_tag|>", CallSyntax.JSON),
          CallForm.behind("<|python_tag|>", CallSyntax.PYTHON).ofDeclaredTools(),
          CallForm.behind("<|python_start|>", CallSyntax.PYTHON)
              .optionallyClosedBy("<|python_end|>")
              .ofDeclaredTools(),
          Forms.BARE_OBJECT,
          Forms.BARE_LIST,
          Forms.BARE_PYTHON,
          Forms.FUNCTION_OBJECT);

  /**
   * {@code [TOOL_CALLS][{"name": …, "arguments": {…}}]}, {@code [TOOL_CALLS]name[ARGS]{…}}, or
   * either without its tags, if it names declared tools: Mistral.
   */
  public static final Dialect MISTRAL =
      FamilyDialect.of(
              "mistral",
              List.of("</s>"),
              calls ->
                  calls.stream()
                      .map(CallText::withId)
                      .collect(Collectors.joining(", ", "[TOOL_CALLS] [", "]")),
              CallForm.behind("[TOOL_CALLS]", CallSyntax.JSON),
              CallForm.behind(
                  "[TOOL_CALLS]",
                  CallSyntax.namedJson(
                      "\\s*+(?<name>"
                          + CallSyntax.NAME
                          + ")\\s*+(?:\\[CALL_ID\\][A-Za-z0-9]*)?(?:\\[ARGS\\])?\\s*+")),
              Forms.BARE_LIST,
              Forms.NAMED_OBJECT)
          .thinking(new ThinkingTags("[THINK]", "[/THINK]"));

  /** {@code <｜tool▁calls▁begin｜>} and what follows it: DeepSeek. */
  public static final Dialect DEEPSEEK = DeepSeekForms.dialect();

  /** {@code functools[{"name": …, "arguments": {…}}]}: Phi. */
  public static final Dialect PHI =
      FamilyDialect.of(
          "phi",
          List.of("<|end|>"),
          calls -> "functools" + CallText.list(calls),
          CallForm.atLineStart("functools", CallSyntax.json("\\s*+(?<list>\\[)?\\s*+")),
          Forms.TOOL_CALL_TOKEN);

  /**
   * {@code <|tool_call>call:name{key:<|"|>text<|"|>}<tool_call|>}: Gemma 4; and FunctionGemma's
   * {@code <start_function_call>call:name{key:<escape>text<escape>}<end_function_call>}.
   */
  public static final Dialect GEMMA =
      FamilyDialect.of(
              "gemma",
              List.of("<turn|>", "<end_of_turn>", "<|tool_response>", "<start_function_response>"),
              each(CallText::gemma, ""),
              Forms.quoted("<|tool_call>", GemmaText.QUOTE, "<tool_call|>"),
              Forms.quoted("<start_function_call>", "<escape>", "<end_function_call>"),
              CallForm.atLineStart(
                      "call:",
                      CallSyntax.quotedBy(
                          GemmaText.QUOTE, "\\s*+(?<name>" + CallSyntax.NAME + ")\\s*+"))
                  .ofDeclaredTools(),
              Forms.quoted("<call>", GemmaText.QUOTE, "</call>").ofDeclaredTools())
          .thinking(new ThinkingTags("<|channel>thought", "<channel|>"));

  /** An object in a fence of backticks, or alone, if it names a declared tool: Gemma 3. */
  public static final Dialect FENCED =
      FamilyDialect.of(
          "fenced",
          List.of("<end_of_turn>"),
          each(call -> "```json\n" + CallText.withParameters(call) + "\n```", "\n"),
          Forms.FENCED,
          Forms.FENCED_PYTHON,
          Forms.BARE_OBJECT,
          Forms.BARE_LIST,
          Forms.BARE_PYTHON);

  /** {@code <|action_start|><|plugin|>{"name": …, "parameters": {…}}<|action_end|>}: InternLM 2. */
  public static final Dialect INTERNLM =
      FamilyDialect.of(
          "internlm",
          List.of(IM_END),
          each(
              call ->
                  "<|action_start|><|plugin|>\n" + CallText.withParameters(call) + "<|action_end|>",
              "\n"),
          CallForm.behind("<|action_start|>", CallSyntax.json("\\s*+<\\|plugin\\|>\\s*+"))
              .closedBy("<|action_end|>"),
          Forms.BARE_OBJECT);

  /**
   * Calls of Python between {@code <|tool_call_start|>} and {@code <|tool_call_end|>}, or {@code
   * <function name="name"><param name="key">…</param></function>}: MiniCPM 3 and 4.
   */
  public static final Dialect MINICPM =
      FamilyDialect.of(
              "minicpm",
              List.of(IM_END),
              calls ->
                  calls.stream()
                      .map(CallText::python)
                      .collect(
                          Collectors.joining(
                              "\n",
                              "<|tool_call_start|>\n```python\n",
                              "\n```\n<|tool_call_end|>")),
              CallForm.behind("<|tool_call_start|>", CallSyntax.PYTHON)
                  .closedBy("<|tool_call_end|>"),
              CallForm.behind("<|tool_call_start|>", CallSyntax.JSON).closedBy("<|tool_call_end|>"),
              Forms.FUNCTION_NAME,
              Forms.FUNCTION_NAME_OBJECT,
              Forms.TOOL_CALL)
          .thinking(new ThinkingTags("<|thought_start|>", "<|thought_end|>"));

  /**
   * {@code <tool_call>name<arg_key>key</arg_key><arg_value>…</arg_value></tool_call>}: GLM 4.5 and
   * later; the name of a declared tool with the arguments in the next line: GLM 4 and ChatGLM 3.
   */
  public static final Dialect GLM =
      FamilyDialect.of(
          "glm",
          List.of("<|observation|>", "<|user|>", "<|assistant|>", "<|endoftext|>"),
          each(CallText::glm, "\n"),
          Forms.TOOL_CALL_NAME,
          Forms.TOOL_CALL,
          Forms.TOOL_CALL_NAMED,
          Forms.NAMED_LINE,
          Forms.NAMED_PYTHON);

  /** The syntax of {@link #HERMES}, and {@code <code>name(key=…)</code>}: SmolLM 3. */
  public static final Dialect SMOLLM =
      FamilyDialect.of(
          "smollm",
          List.of(IM_END),
          each(CallText::hermes, "\n"),
          Forms.TOOL_CALL,
          CallForm.behind("<code>", CallSyntax.PYTHON).closedBy("</code>").ofDeclaredTools());

  /**
   * {@code <|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}<|tool_call_end|>}:
   * Kimi.
   */
  public static final Dialect KIMI =
      FamilyDialect.of(
          "kimi",
          List.of(
              "<|tool_calls_section_begin|>",
              "<|tool_calls_section_end|>",
              "<|tool_call_section_begin|>",
              "<|tool_call_section_end|>",
              IM_END),
          CallText::kimi,
          Forms.named(
              "<|tool_call_begin|>",
              "(?:functions\\.)?",
              "(?::[0-9]+)?\\s*+<\\|tool_call_argument_begin\\|>",
              "<|tool_call_end|>"),
          CallForm.atLineStart(
                  "functions.",
                  CallSyntax.namedJson("(?<name>" + CallSyntax.NAME + ")(?::[0-9]+)?\\s*+"))
              .ofDeclaredTools(),
          CallForm.behindToolName(CallSyntax.namedJson(":[0-9]+\\s*+")));

  /** {@code **Tool Call:**} and an object in a fence, if it names a declared tool: RWKV. */
  public static final Dialect RWKV =
      FamilyDialect.of(
          "rwkv",
          List.of(),
          each(call -> "**Tool Call:**\n```json\n" + CallText.withArguments(call) + "\n```", "\n"),
          Forms.BOLD,
          Forms.FENCED,
          Forms.TOOL_CALL);

  /** {@code <|tool_call|>[{"name": …, "arguments": {…}}]}: Granite 3. */
  public static final Dialect GRANITE =
      FamilyDialect.of(
          "granite",
          List.of("<|end_of_text|>"),
          calls -> "<|tool_call|>" + CallText.list(calls),
          Forms.TOOL_CALL_TOKEN,
          CallForm.behind("<function_call>", CallSyntax.JSON)
              .optionallyClosedBy("</function_call>"),
          Forms.TOOL_CALL);

  /**
   * {@code <tool_calls>[{"name": …, "arguments": {…}}]</tool_calls>}, or {@code
   * <tool_call>name<tool_sep><arg_key>key</arg_key><arg_value>…</arg_value></tool_call>} between
   * these tags: Hunyuan.
   */
  public static final Dialect HUNYUAN =
      FamilyDialect.of(
          "hunyuan",
          List.of(),
          calls -> "<tool_calls>" + CallText.list(calls) + "</tool_calls>",
          Forms.TOOL_CALLS,
          CallForm.behind("<tool_calls>", CallSyntax.parameters(ParameterTags.TOOL_SEP))
              .closedBy("</tool_calls>"));

  /** {@code <TOOLCALL>[{"name": …, "arguments": {…}}]</TOOLCALL>}: Nemotron. */
  public static final Dialect NEMOTRON =
      FamilyDialect.of(
          "nemotron",
          List.of(),
          calls -> "<TOOLCALL>" + CallText.list(calls) + "</TOOLCALL>",
          CallForm.behind("<TOOLCALL>", CallSyntax.JSON).closedBy("</TOOLCALL>"));

  /** Calls of Python, one a line, between {@code <function_calls>} tags: Olmo 3. */
  public static final Dialect OLMO =
      FamilyDialect.of(
          "olmo",
          List.of(IM_END),
          calls ->
              calls.stream()
                  .map(CallText::python)
                  .collect(Collectors.joining("\n", "<function_calls>\n", "\n</function_calls>")),
          CallForm.behind("<function_calls>", CallSyntax.PYTHON).closedBy("</function_calls>"));

  /** {@code <|START_ACTION|>[{"tool_name": …, "parameters": {…}}]<|END_ACTION|>}: Command. */
  public static final Dialect COHERE =
      FamilyDialect.of(
              "cohere",
              List.of(
                  "<|START_RESPONSE|>",
                  "<|END_RESPONSE|>",
                  "<|START_TEXT|>",
                  "<|END_TEXT|>",
                  "<|END_OF_TURN_TOKEN|>"),
              calls ->
                  calls.stream()
                      .map(CallText::withToolName)
                      .collect(
                          Collectors.joining(",\n", "<|START_ACTION|>[\n", "\n]<|END_ACTION|>")),
              CallForm.behind("<|START_ACTION|>", CallSyntax.JSON).closedBy("<|END_ACTION|>"),
              CallForm.atLineStart("Action:", CallSyntax.JSON).closedBy("```").ofDeclaredTools())
          .thinking(new ThinkingTags("<|START_THINKING|>", "<|END_THINKING|>"));

  /**
   * {@code <invoke name="name"><parameter name="key">…</parameter></invoke>} between {@code
   * <minimax:tool_call>} tags: MiniMax.
   */
  public static final Dialect MINIMAX =
      FamilyDialect.of(
          "minimax",
          List.of("[e~["),
          CallText::minimax,
          CallForm.behind("<minimax:tool_call>", CallSyntax.parameters(ParameterTags.invoke("")))
              .closedBy("</minimax:tool_call>"),
          Forms.TOOL_CALLS);

  /**
   * {@code <|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}<|call|>}:
   * gpt-oss.
   */
  public static final Dialect HARMONY =
      FamilyDialect.of(
              "harmony",
              List.of(
                  "<|start|>assistant",
                  "<|channel|>commentary<|message|>",
                  "<|channel|>final<|message|>",
                  "<|return|>"),
              each(CallText::harmony, "<|start|>assistant"),
              Forms.channel("<|channel|>commentary to=functions."),
              Forms.channel("<|channel|>analysis to=functions."),
              Forms.channel("<|start|>assistant to=functions."))
          .thinking(new ThinkingTags("<|channel|>analysis<|message|>", "<|end|>"));

  /** All dialects. If several can read a block, the first is used. */
  private static final List<Dialect> ALL =
      Stream.concat(
              provided(),
              Stream.of(
                  DEEPSEEK,
                  QWEN_CODER,
                  HERMES,
                  MISTRAL,
                  LLAMA,
                  PHI,
                  GEMMA,
                  FENCED,
                  INTERNLM,
                  MINICPM,
                  GLM,
                  SMOLLM,
                  KIMI,
                  RWKV,
                  GRANITE,
                  HUNYUAN,
                  NEMOTRON,
                  OLMO,
                  COHERE,
                  MINIMAX,
                  HARMONY))
          .toList();

  /** All dialects; detects the one that an answer uses. Renders as {@link #HERMES}. */
  public static final Dialect DETECTED = FamilyDialect.allOf("detected", ALL, HERMES);

  private Dialects() {}

  /** Returns all but {@link #DETECTED}: first those that applications provide as services. */
  public static List<Dialect> all() {
    return ALL;
  }

  /**
   * Returns the dialect of a model by its name or file name, such as {@code
   * Qwen3-0.6B-rk3588.rkllm}: the dialect of a service that {@linkplain Dialect#isSpokenBy matches
   * the name}, or that of its {@link ModelFamily}; {@link #DETECTED} if the name matches neither.
   */
  public static Dialect forModel(String name) {
    String lowerCase = Check.nonNull("name", name).toLowerCase(Locale.ROOT);
    return ALL.stream()
        .filter(dialect -> dialect.isSpokenBy(lowerCase))
        .findFirst()
        .or(() -> ModelFamily.ofModel(name).map(ModelFamily::dialect))
        .orElse(DETECTED);
  }

  /** Returns the dialects of services. A service that cannot be created is skipped. */
  private static Stream<Dialect> provided() {
    return ServiceLoader.load(Dialect.class, Dialects.class.getClassLoader()).stream()
        .flatMap(
            provider -> {
              try {
                return Stream.of(provider.get());
              } catch (RuntimeException | Error failed) {
                LOG.warn("The dialect {} cannot be used", provider.type().getName(), failed);
                return Stream.empty();
              }
            });
  }
}
