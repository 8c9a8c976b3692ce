package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.SEQUENCE;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.SpacedJson;
import io.rkllm.tools.parser.Dialects;
import java.util.ArrayList;
import java.util.List;

/** Mistral 7B of version 0.3 and models that share its tokenizer. */
final class Mistral extends FamilyFormat {
  private static final String TOKENS =
      "\\[/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT|SYSTEM_PROMPT|CALL_ID|ARGS"
          + "|THINK|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX)\\]";

  Mistral() {
    super(Dialects.MISTRAL, ControlTokens.of(TOKENS, SEQUENCE));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    String declarations =
        tools.isEmpty()
            ? ""
            : "[AVAILABLE_TOOLS] [" + String.join(", ", tools) + "][/AVAILABLE_TOOLS]";
    List<String> said = new ArrayList<>();
    prompt.append(declarations);
    for (ChatMessage message : conversation.messages()) {
      switch (message) {
        case ChatMessage.SystemPrompt system -> said.add(system.text());
        case ChatMessage.User user -> said.add(user.text());
        case ChatMessage.Assistant answer -> {
          writeInstructions(said, prompt);
          writeAnswer(answer, prompt);
        }
        case ChatMessage.ToolResult result -> {
          writeInstructions(said, prompt);
          writeResult(result, prompt);
        }
      }
    }
    writeInstructions(said, prompt);
  }

  private static void writeInstructions(List<String> said, StringBuilder prompt) {
    if (!said.isEmpty()) {
      prompt.append("[INST] ").append(String.join("\n\n", said)).append("[/INST]");
      said.clear();
    }
  }

  private void writeAnswer(ChatMessage.Assistant answer, StringBuilder prompt) {
    if (!answer.text().isEmpty() || answer.toolCalls().isEmpty()) {
      prompt.append(' ').append(answer.text());
    }
    if (!answer.toolCalls().isEmpty()) {
      prompt.append(calls(answer.toolCalls().stream().map(Mistral::withShortId).toList()));
    }
    prompt.append("</s>");
  }

  private static void writeResult(ChatMessage.ToolResult result, StringBuilder prompt) {
    prompt
        .append("[TOOL_RESULTS] {\"content\": ")
        .append(isJsonObject(result.text()) ? result.text() : SpacedJson.write(result.text()))
        .append(", \"call_id\": \"")
        .append(ShortIds.of(result.callId()))
        .append("\"}[/TOOL_RESULTS]");
  }

  private static boolean isJsonObject(String text) {
    try {
      return Json.tree(text).isObject();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static ToolCall withShortId(ToolCall call) {
    return new ToolCall(ShortIds.of(call.id()), call.name(), call.arguments());
  }
}
