package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.SEQUENCE;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.internal.json.SpacedJson;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** Phi 4 mini, with tools in the system prompt. */
final class Phi4Mini extends FamilyFormat {
  private static final String SYSTEM = "You are a helpful assistant with some tools.";
  private static final String TOOLS =
      " To call them, answer with nothing but one list: functools[{\"name\": function name,"
          + " \"arguments\": {argument name: value}}].";

  Phi4Mini() {
    super(Dialects.PHI, ControlTokens.of(PIPED, SEQUENCE));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    boolean ownSystem = messages.getFirst() instanceof ChatMessage.SystemPrompt;
    if (!tools.isEmpty()) {
      turn(
          "system",
          (ownSystem ? messages.getFirst().text() : SYSTEM)
              + TOOLS
              + "<|tool|>["
              + String.join(", ", tools)
              + "]<|/tool|>",
          prompt);
    } else if (ownSystem) {
      turn("system", messages.getFirst().text(), prompt);
    }
    for (ChatMessage message : messages.subList(ownSystem ? 1 : 0, messages.size())) {
      switch (message) {
        case ChatMessage.ToolResult result ->
            turn("tool_response", SpacedJson.write(result.text()), prompt);
        case ChatMessage.Assistant answer -> turn("assistant", textAndCalls(answer, "\n"), prompt);
        case ChatMessage other -> turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|assistant|>");
  }

  private static void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|").append(role).append("|>").append(text).append("<|end|>");
  }
}
