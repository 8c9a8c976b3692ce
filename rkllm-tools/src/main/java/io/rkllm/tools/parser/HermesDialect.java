package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.stream.Collectors;

/** {@code <tool_call>\n{"name": …, "arguments": {…}}\n</tool_call>}, once for each call. */
final class HermesDialect extends Dialect {
  HermesDialect() {
    super(
        "hermes",
        "qwen|qwq|hermes|internlm|minicpm|telechat",
        List.of(CallGrammar.tagged("<tool_call>", "</tool_call>")),
        List.of("<|im_end|>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream()
        .map(call -> "<tool_call>\n" + CallJson.withArguments(call) + "\n</tool_call>")
        .collect(Collectors.joining("\n"));
  }
}
