package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.GemmaText;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.SpacedJson;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tool calls as models write them. */
final class CallText {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private CallText() {}

  /** Renders {@code {"name": …, "arguments": …}}. */
  static String withArguments(ToolCall call) {
    return "{\"name\": " + Json.write(call.name()) + ", \"arguments\": " + call.arguments() + "}";
  }

  /** Renders {@code {"name": …, "parameters": …}}. */
  static String withParameters(ToolCall call) {
    return "{\"name\": " + Json.write(call.name()) + ", \"parameters\": " + call.arguments() + "}";
  }

  /** Renders {@code {"name": …, "arguments": …, "id": …}}. */
  static String withId(ToolCall call) {
    return "{\"name\": %s, \"arguments\": %s, \"id\": %s}"
        .formatted(Json.write(call.name()), call.arguments(), Json.write(call.id()));
  }

  /** Renders {@code [{"name": …, "arguments": …}, …]}. */
  static String list(List<ToolCall> calls) {
    return calls.stream().map(CallText::withArguments).collect(Collectors.joining(", ", "[", "]"));
  }

  /** Renders {@code <tool_call>}, {@link #withArguments}, {@code </tool_call>}. */
  static String hermes(ToolCall call) {
    return "<tool_call>\n" + withArguments(call) + "\n</tool_call>";
  }

  /** Renders {@code {"tool_call_id": …, "tool_name": …, "parameters": …}}. */
  static String withToolName(ToolCall call) {
    return "{\"tool_call_id\": %s, \"tool_name\": %s, \"parameters\": %s}"
        .formatted(Json.write(call.id()), Json.write(call.name()), call.arguments());
  }

  /** Renders {@code <|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}}. */
  static String harmony(ToolCall call) {
    return "<|channel|>commentary to=functions."
        + call.name()
        + " <|constrain|>json<|message|>"
        + call.arguments()
        + "<|call|>";
  }

  /** Renders {@code <minimax:tool_call><invoke name=…><parameter name=…>}. */
  static String minimax(List<ToolCall> calls) {
    return calls.stream()
        .map(CallText::invoke)
        .collect(Collectors.joining("", "<minimax:tool_call>\n", "</minimax:tool_call>"));
  }

  private static String invoke(ToolCall call) {
    return "<invoke name=\""
        + call.name()
        + "\">\n"
        + arguments(
            call, (key, text) -> "<parameter name=\"" + key + "\">" + text + "</parameter>\n")
        + "</invoke>\n";
  }

  /** Renders {@code <tool_call><function=…><parameter=…>}. */
  static String function(ToolCall call) {
    return "<tool_call>\n<function="
        + call.name()
        + ">\n"
        + arguments(call, (key, text) -> "<parameter=" + key + ">\n" + text + "\n</parameter>\n")
        + "</function>\n</tool_call>";
  }

  /** Renders {@code <tool_call>name<arg_key>…</arg_key><arg_value>…}. */
  static String glm(ToolCall call) {
    return "<tool_call>"
        + call.name()
        + "\n"
        + arguments(
            call,
            (key, text) -> "<arg_key>" + key + "</arg_key>\n<arg_value>" + text + "</arg_value>\n")
        + "</tool_call>";
  }

  /** Writes a key and a value. */
  private interface Parameter {
    String write(String key, String text);
  }

  /** Renders the arguments: a string as plain text, all other values as JSON. */
  private static String arguments(ToolCall call, Parameter parameter) {
    StringBuilder arguments = new StringBuilder();
    for (Map.Entry<String, @Nullable Object> argument : Json.object(call.arguments()).entrySet()) {
      Object value = argument.getValue();
      arguments.append(
          parameter.write(
              argument.getKey(), value instanceof String text ? text : SpacedJson.write(value)));
    }
    return arguments.toString();
  }

  /** Renders {@code <|tool_call>call:name{key:<|"|>text<|"|>}<tool_call|>}. */
  static String gemma(ToolCall call) {
    return "<|tool_call>call:"
        + call.name()
        + GemmaText.of(Json.object(call.arguments()))
        + "<tool_call|>";
  }

  /** Renders {@code name(key="text")}. */
  static String python(ToolCall call) {
    Map<String, @Nullable Object> arguments = Json.object(call.arguments());
    boolean words = arguments.keySet().stream().allMatch(key -> WORD.matcher(key).matches());
    return call.name()
        + (words
            ? object(arguments, "(", "=", ")", Function.identity(), CallText::python)
            : object(arguments, "(**{", ": ", "})", CallText::python, CallText::python));
  }

  private static String python(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Boolean truth -> truth ? "True" : "False";
      case Map<?, ?> map -> object(map, "{", ": ", "}", CallText::python, CallText::python);
      case List<?> list -> list(list, CallText::python);
      default -> Json.write(value);
    };
  }

  private static String object(
      Map<?, ?> map,
      String opener,
      String colon,
      String closer,
      Function<String, String> key,
      Function<Object, String> value) {
    return map.entrySet().stream()
        .map(entry -> key.apply((String) entry.getKey()) + colon + value.apply(entry.getValue()))
        .collect(Collectors.joining(", ", opener, closer));
  }

  private static String list(List<?> list, Function<Object, String> value) {
    return list.stream().map(value).collect(Collectors.joining(", ", "[", "]"));
  }

  /** Renders {@code <|tool_calls_section_begin|>} and the following tags. */
  static String kimi(List<ToolCall> calls) {
    StringBuilder text = new StringBuilder("<|tool_calls_section_begin|>");
    for (int i = 0; i < calls.size(); i++) {
      text.append("<|tool_call_begin|>functions.")
          .append(calls.get(i).name())
          .append(':')
          .append(i);
      text.append("<|tool_call_argument_begin|>").append(calls.get(i).arguments());
      text.append("<|tool_call_end|>");
    }
    return text.append("<|tool_calls_section_end|>").toString();
  }
}
