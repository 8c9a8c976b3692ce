package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.parser.Dialects;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** ChatGLM 3: a call is the name of a tool after the model's tag, followed by a Python call. */
final class ChatGlm3 extends FamilyFormat {
  private static final Pattern WORD = Pattern.compile("\\w+");
  private static final String TOOLS =
      "Answer the following questions as best as you can. You have access to the following"
          + " tools:\n";

  ChatGlm3() {
    super(Dialects.GLM, ControlTokens.of(PIPED, Glm4.MASKS));
  }

  @Override
  public boolean writesBeginToken() {
    return true;
  }

  @Override
  List<String> declarations(Conversation conversation) {
    return tokens().functions(conversation, 4);
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    prompt.append("[gMASK]sop");
    if (!tools.isEmpty()) {
      turn("system", TOOLS + "[" + String.join(",", tools) + "]", prompt);
    }
    for (ChatMessage message : conversation.messages()) {
      switch (message) {
        case ChatMessage.Assistant answer -> writeAnswer(answer, prompt);
        case ChatMessage.ToolResult result -> turn("observation", result.text(), prompt);
        case ChatMessage other -> turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|assistant|>");
  }

  private void writeAnswer(ChatMessage.Assistant answer, StringBuilder prompt) {
    if (!answer.text().isEmpty() || answer.toolCalls().isEmpty()) {
      turn("assistant", answer.text(), prompt);
    }
    for (ToolCall call : answer.toolCalls()) {
      prompt.append("<|assistant|>").append(calls(List.of(call)));
    }
  }

  @Override
  String calls(List<ToolCall> calls) {
    ToolCall call = calls.getFirst(); // each has a turn of its own
    Map<String, @Nullable Object> values = Json.object(call.arguments());
    String arguments =
        values.keySet().stream().allMatch(key -> WORD.matcher(key).matches())
            ? values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + python(entry.getValue()))
                .collect(Collectors.joining(", "))
            : "**" + call.arguments();
    return call.name() + "\n ```python\ntool_call(" + arguments + ")\n```";
  }

  private String python(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Boolean truth -> truth ? "True" : "False";
      default -> tokens().neutralJson(Json.write(value));
    };
  }

  private static void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|").append(role).append("|>\n ").append(text);
  }
}
