package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code {"name": …, "parameters": {…}}} alone, or behind {@code <|python_tag|>}; several are
 * parted by semicolons.
 */
final class LlamaDialect extends Dialect {
  LlamaDialect() {
    super(
        "llama",
        "llama-?_?3",
        List.of(
            CallGrammar.tagged("<|python_tag|>"), CallGrammar.BARE_OBJECT, CallGrammar.BARE_LIST),
        List.of("<|eom_id|>", "<|eot_id|>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream().map(CallJson::withParameters).collect(Collectors.joining("; "));
  }
}
