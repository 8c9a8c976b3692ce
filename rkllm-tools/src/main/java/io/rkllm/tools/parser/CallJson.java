package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import java.util.List;
import java.util.stream.Collectors;

/** Tool calls as JSON objects, as the dialects share them. */
final class CallJson {
  private CallJson() {}

  /** {@code {"name": …, "arguments": …}}. */
  static String withArguments(ToolCall call) {
    return "{\"name\": " + Json.write(call.name()) + ", \"arguments\": " + call.arguments() + "}";
  }

  /** {@code {"name": …, "parameters": …}}. */
  static String withParameters(ToolCall call) {
    return "{\"name\": " + Json.write(call.name()) + ", \"parameters\": " + call.arguments() + "}";
  }

  /** {@code [{"name": …, "arguments": …}, …]}. */
  static String list(List<ToolCall> calls) {
    return calls.stream().map(CallJson::withArguments).collect(Collectors.joining(", ", "[", "]"));
  }
}
