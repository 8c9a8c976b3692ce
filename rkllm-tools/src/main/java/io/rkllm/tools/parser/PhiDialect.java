package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;

/**
 * {@code functools[{"name": …, "arguments": {…}}, …]}, or the list between {@code <|tool_call|>}
 * and {@code <|/tool_call|>}.
 */
final class PhiDialect extends Dialect {
  PhiDialect() {
    super(
        "phi",
        "phi-?_?[34]",
        List.of(
            CallGrammar.keyword("functools"),
            CallGrammar.tagged("<|tool_call|>", "<|/tool_call|>")),
        List.of("<|end|>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return "functools" + CallJson.list(calls);
  }
}
