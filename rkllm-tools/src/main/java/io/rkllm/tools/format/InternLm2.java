package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.SEQUENCE;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** ChatML with the tools of a plugin, whose results have the role {@code environment}. */
final class InternLm2 extends FamilyFormat {
  InternLm2() {
    super(Dialects.INTERNLM, ControlTokens.of(PIPED, SEQUENCE));
  }

  @Override
  List<String> declarations(Conversation conversation) {
    return tokens().functions(conversation, 0);
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    int first = 0;
    if (messages.getFirst() instanceof ChatMessage.SystemPrompt system) {
      Qwen.turn("system", system.text(), prompt);
      first = 1;
    }
    if (!tools.isEmpty()) {
      Qwen.turn("system name=<|plugin|>", "[" + String.join(", ", tools) + "]", prompt);
    }
    for (ChatMessage message : messages.subList(first, messages.size())) {
      switch (message) {
        case ChatMessage.Assistant answer ->
            Qwen.turn("assistant", textAndCalls(answer, ""), prompt);
        case ChatMessage.ToolResult result ->
            Qwen.turn("environment name=<|plugin|>", result.text(), prompt);
        case ChatMessage other -> Qwen.turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|im_start|>assistant\n");
  }
}
