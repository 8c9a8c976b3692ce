package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code {"name": …, "parameters": {…}}} in a fence of backticks, or alone: models that were given
 * no tags of their own, such as Gemma.
 */
final class FencedDialect extends Dialect {
  FencedDialect() {
    super(
        "fenced",
        "gemma",
        List.of(CallGrammar.FENCED, CallGrammar.BARE_OBJECT, CallGrammar.BARE_LIST),
        List.of("<end_of_turn>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream()
        .map(call -> "```json\n" + CallJson.withParameters(call) + "\n```")
        .collect(Collectors.joining("\n"));
  }
}
