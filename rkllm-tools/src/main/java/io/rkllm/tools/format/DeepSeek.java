package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.THINKING;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.ArrayList;
import java.util.List;

/** DeepSeek R1 and the models distilled from it. */
final class DeepSeek extends FamilyFormat {
  private static final String ASSISTANT = "<｜Assistant｜>";
  private static final String OUTPUTS_END = "<｜tool▁outputs▁end｜>";
  private static final String TOOLS =
      """
      ## Tools

      You can call functions. To call one, write exactly this, with valid JSON, instead of an \
      answer:
      <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME
      ```json
      {"argument": "value"}
      ```<｜tool▁call▁end｜><｜tool▁calls▁end｜>

      The functions:
      """;

  DeepSeek() {
    super(Dialects.DEEPSEEK, ControlTokens.of("<[|｜][^\\s<>|｜]+[|｜]>", THINKING));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    int systems = systems(messages);
    prompt.append(head(messages.subList(0, systems), tools));
    boolean inOutputs = false;
    for (ChatMessage message : messages.subList(systems, messages.size())) {
      boolean isOutput = message instanceof ChatMessage.ToolResult;
      if (inOutputs && !isOutput) {
        prompt.append(OUTPUTS_END);
      }
      switch (message) {
        case ChatMessage.ToolResult result -> writeOutput(result, !inOutputs, prompt);
        case ChatMessage.Assistant answer ->
            prompt
                .append(inOutputs ? "" : ASSISTANT)
                .append(textAndCalls(answer, ""))
                .append("<｜end▁of▁sentence｜>");
        case ChatMessage other -> prompt.append("<｜User｜>").append(other.text());
      }
      inOutputs = isOutput;
    }
    prompt.append(inOutputs ? OUTPUTS_END : beginning(conversation));
  }

  private static void writeOutput(
      ChatMessage.ToolResult result, boolean first, StringBuilder prompt) {
    prompt
        .append(first ? "<｜tool▁outputs▁begin｜>" : "\n")
        .append("<｜tool▁output▁begin｜>")
        .append(result.text())
        .append("<｜tool▁output▁end｜>");
  }

  private static int systems(List<ChatMessage> messages) {
    int count = 0;
    while (count < messages.size() && messages.get(count) instanceof ChatMessage.SystemPrompt) {
      count++;
    }
    return count;
  }

  /**
   * Returns the system prompts and tools, which precede the first turn without tokens around them.
   */
  private static String head(List<ChatMessage> systems, List<String> tools) {
    List<String> parts = new ArrayList<>(systems.stream().map(ChatMessage::text).toList());
    if (!tools.isEmpty()) {
      parts.add(TOOLS + String.join("\n", tools));
    }
    return String.join("\n\n", parts);
  }

  private static String beginning(Conversation conversation) {
    return ASSISTANT + (conversation.thinking() ? "<think>\n" : "<think>\n\n</think>\n\n");
  }
}
