package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code [TOOL_CALLS][{"name": …, "arguments": {…}, "id": …}]}, and as newer models have it, {@code
 * [TOOL_CALLS]name[ARGS]{…}} for each call. The tag is a special token, which the runtime leaves
 * out unless told otherwise; a list alone counts too.
 */
final class MistralDialect extends Dialect {
  private static final Pattern NAME =
      Pattern.compile(
          "\\s*((?<name>[A-Za-z0-9_.-]+)\\s*(\\[CALL_ID\\][A-Za-z0-9]*)?(\\[ARGS\\])?\\s*)?");

  MistralDialect() {
    super(
        "mistral",
        "mi[sx]tral|ministral",
        List.of(CallGrammar.named("[TOOL_CALLS]", null, NAME), CallGrammar.BARE_LIST),
        List.of("</s>"));
  }

  @Override
  public String render(List<ToolCall> calls) {
    return calls.stream()
        .map(
            call ->
                "{\"name\": %s, \"arguments\": %s, \"id\": %s}"
                    .formatted(Json.write(call.name()), call.arguments(), Json.write(call.id())))
        .collect(Collectors.joining(", ", "[TOOL_CALLS] [", "]"));
  }
}
