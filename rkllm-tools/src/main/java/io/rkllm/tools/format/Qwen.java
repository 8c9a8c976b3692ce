package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.HERMES_TOOLS;
import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.THINKING;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** ChatML with the tools of Hermes. */
final class Qwen extends FamilyFormat {
  private static final String TOOLS_BEGIN =
      """
      # Tools

      You may call one or more functions to assist with the user query.

      You are provided with function signatures within <tools></tools> XML tags:
      <tools>
      """;
  private static final String TOOLS_END =
      """
      </tools>

      For each function call, return a json object with function name and arguments within \
      <tool_call></tool_call> XML tags:
      <tool_call>
      {"name": <function-name>, "arguments": <args-json-object>}
      </tool_call>\
      """;

  /** The thinking block at the beginning of an answer. */
  enum Thinking {
    /** The model does not support thinking. */
    NONE,
    /** The model thinks unless its answer begins after an empty thinking block. */
    SWITCHED,
    /** The model always thinks. */
    ALWAYS
  }

  private final String defaultSystem;
  private final Thinking thinking;

  Qwen(String defaultSystem, Thinking thinking) {
    super(Dialects.HERMES, ControlTokens.of(PIPED, HERMES_TOOLS, THINKING));
    this.defaultSystem = defaultSystem;
    this.thinking = thinking;
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    boolean ownSystem = messages.getFirst() instanceof ChatMessage.SystemPrompt;
    writeSystem(ownSystem ? messages.getFirst().text() : defaultSystem, ownSystem, tools, prompt);
    int lastQuestion = lastQuestion(messages);
    for (int i = ownSystem ? 1 : 0; i < messages.size(); i++) {
      switch (messages.get(i)) {
        case ChatMessage.Assistant answer ->
            turn("assistant", answer(answer, i > lastQuestion), prompt);
        case ChatMessage.ToolResult result -> writeResult(messages, i, result, prompt);
        case ChatMessage other -> turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|im_start|>assistant\n").append(beginning(conversation));
  }

  private static void writeSystem(
      String system, boolean own, List<String> tools, StringBuilder prompt) {
    if (!tools.isEmpty()) {
      String declarations = TOOLS_BEGIN + String.join("\n", tools) + "\n" + TOOLS_END;
      turn("system", system.isEmpty() ? declarations : system + "\n\n" + declarations, prompt);
    } else if (own || !system.isEmpty()) {
      turn("system", system, prompt);
    }
  }

  static void turn(String role, String text, StringBuilder prompt) {
    prompt.append("<|im_start|>").append(role).append('\n').append(text).append("<|im_end|>\n");
  }

  private String answer(ChatMessage.Assistant answer, boolean sinceLastQuestion) {
    String said = textAndCalls(answer, "\n");
    return thinking == Thinking.NONE || !sinceLastQuestion || answer.thinking().isEmpty()
        ? said
        : "<think>\n" + answer.thinking() + "\n</think>\n\n" + said;
  }

  /** Writes a tool result; consecutive results share a user turn. */
  static void writeResult(
      List<ChatMessage> messages, int index, ChatMessage.ToolResult result, StringBuilder prompt) {
    if (index == 0 || !(messages.get(index - 1) instanceof ChatMessage.ToolResult)) {
      prompt.append("<|im_start|>user");
    }
    prompt.append("\n<tool_response>\n").append(result.text()).append("\n</tool_response>");
    if (index + 1 == messages.size()
        || !(messages.get(index + 1) instanceof ChatMessage.ToolResult)) {
      prompt.append("<|im_end|>\n");
    }
  }

  static int lastQuestion(List<ChatMessage> messages) {
    int index = messages.size() - 1;
    while (index >= 0 && !(messages.get(index) instanceof ChatMessage.User)) {
      index--;
    }
    return index;
  }

  private String beginning(Conversation conversation) {
    return switch (thinking) {
      case NONE -> "";
      case SWITCHED -> conversation.thinking() ? "" : "<think>\n\n</think>\n\n";
      case ALWAYS -> "<think>\n";
    };
  }
}
