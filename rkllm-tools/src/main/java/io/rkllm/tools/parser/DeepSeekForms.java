package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code <｜tool▁calls▁begin｜>}, then for each call {@code
 * <｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME}, its arguments in a fence of JSON, {@code
 * <｜tool▁call▁end｜>}, and {@code <｜tool▁calls▁end｜>}. Newer models leave {@code function} and the
 * fence out, some the inner tags.
 */
final class DeepSeekForms {
  private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String CALLS_END = "<｜tool▁calls▁end｜>";
  private static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
  private static final String CALL_END = "<｜tool▁call▁end｜>";
  private static final String SEPARATOR = "<｜tool▁sep｜>";
  private static final String ANY_SEPARATOR = "(?:<[｜|]tool[▁_ ]sep[｜|]>)";

  private DeepSeekForms() {}

  static Dialect dialect() {
    return FamilyDialect.of(
        "deepseek",
        List.of(CALLS_BEGIN, "<｜tool▁calls｜>", CALLS_END, "<｜end▁of▁sentence｜>"),
        DeepSeekForms::render,
        Forms.named(
            CALL_BEGIN,
            "(?:function\\s*+" + ANY_SEPARATOR + ")?",
            "\\s*+" + ANY_SEPARATOR + "?",
            CALL_END),
        Forms.named("function" + SEPARATOR, "", "", CALL_END),
        CallForm.behindToolName(CallSyntax.namedJson(ANY_SEPARATOR + "\\s*+(?:```[a-z]*\\s*+)?"))
            .closedBy(CALL_END),
        invoke("function_calls>"),
        invoke("tool_calls>"));
  }

  /** {@code <｜DSML｜function_calls><｜DSML｜invoke name="NAME">…}: DeepSeek 3.2. */
  private static CallForm invoke(String calls) {
    return CallForm.behind("<｜DSML｜" + calls, CallSyntax.parameters(ParameterTags.invoke("｜DSML｜")))
        .closedBy("</｜DSML｜" + calls);
  }

  private static String render(List<ToolCall> calls) {
    return calls.stream()
        .map(
            call ->
                "%sfunction%s%s\n```json\n%s\n```%s"
                    .formatted(CALL_BEGIN, SEPARATOR, call.name(), call.arguments(), CALL_END))
        .collect(Collectors.joining("\n", CALLS_BEGIN, CALLS_END));
  }
}
