package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code <｜tool▁calls▁begin｜>}, then for each call {@code
 * <｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME}, its arguments in a fence of JSON, {@code
 * <｜tool▁call▁end｜>}, and {@code <｜tool▁calls▁end｜>}. Newer models leave {@code function} and the
 * fence out.
 */
final class DeepSeekDialect extends Dialect {
  private static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String CALLS_END = "<｜tool▁calls▁end｜>";
  private static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
  private static final String CALL_END = "<｜tool▁call▁end｜>";
  private static final String SEPARATOR = "<｜tool▁sep｜>";
  private static final Pattern NAME =
      Pattern.compile(
          "\\s*(function%1$s)?(?<name>[A-Za-z0-9_.-]+)\\s*(%1$s)?\\s*(```[a-z]*)?\\s*"
              .formatted(SEPARATOR));

  DeepSeekDialect() {
    super(
        "deepseek",
        "deepseek",
        List.of(CallGrammar.named(CALL_BEGIN, CALL_END, NAME)),
        List.of(CALLS_BEGIN, CALLS_END, "<｜end▁of▁sentence｜>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream()
        .map(
            call ->
                "%sfunction%s%s\n```json\n%s\n```%s"
                    .formatted(CALL_BEGIN, SEPARATOR, call.name(), call.arguments(), CALL_END))
        .collect(Collectors.joining("\n", CALLS_BEGIN, CALLS_END));
  }
}
