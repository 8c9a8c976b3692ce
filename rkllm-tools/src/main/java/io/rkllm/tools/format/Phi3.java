package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.SEQUENCE;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** Phi 3 and 3.5, which do not support tools. */
final class Phi3 extends FamilyFormat {
  Phi3() {
    super(Dialects.PHI, ControlTokens.of(PIPED, SEQUENCE));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    if (!tools.isEmpty()) {
      throw new IllegalArgumentException(
          "the chat format of Phi 3 has no tools; leave them out, or use a model of another"
              + " family");
    }
    for (ChatMessage message : conversation.messages()) {
      switch (message) {
        case ChatMessage.ToolResult result -> turn("user", result.text(), prompt);
        case ChatMessage.Assistant answer -> turn("assistant", textAndCalls(answer, "\n"), prompt);
        case ChatMessage other -> turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|assistant|>\n");
  }

  private static void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|").append(role).append("|>\n").append(text).append("<|end|>\n");
  }
}
