package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Role;
import io.rkllm.tools.parser.Dialects;
import java.util.ArrayList;
import java.util.List;

/** Gemma 1 to 3: turns of user and model; everything else is rendered as a user turn. */
final class Gemma extends FamilyFormat {
  private static final String TOKENS =
      "</?(?:start_of_turn|end_of_turn|bos|eos|pad|unk|mask|start_of_image|end_of_image"
          + "|image_soft_token|unused\\d+)>";
  private static final String TOOLS =
      """
      You have access to functions. To call one, write a block like this and nothing else; for \
      several, one block after the other:
      ```json
      {"name": function name, "parameters": {argument name: value}}
      ```
      What they return comes back in blocks of tool_output, in the same order. The functions:
      """;

  Gemma() {
    super(Dialects.FENCED, ControlTokens.of(TOKENS));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<Turn> turns = new ArrayList<>();
    for (ChatMessage message : conversation.messages()) {
      turns.add(turn(message));
    }
    if (!tools.isEmpty()) {
      boolean system = conversation.messages().getFirst() instanceof ChatMessage.SystemPrompt;
      turns.add(system ? 1 : 0, new Turn(Role.USER, TOOLS + String.join("\n", tools)));
    }
    for (Turn turn : Turn.merged(turns)) {
      prompt
          .append("<start_of_turn>")
          .append(turn.role() == Role.USER ? "user" : "model")
          .append('\n')
          .append(turn.text())
          .append("<end_of_turn>\n");
    }
    prompt.append("<start_of_turn>model\n");
  }

  private Turn turn(ChatMessage message) {
    return switch (message) {
      case ChatMessage.SystemPrompt system -> new Turn(Role.USER, system.text());
      case ChatMessage.User user -> new Turn(Role.USER, user.text().strip());
      case ChatMessage.Assistant answer ->
          new Turn(Role.ASSISTANT, textAndCalls(answer, "\n").strip());
      case ChatMessage.ToolResult result -> new Turn(Role.USER, fenced(result.text()));
    };
  }

  /** Returns the text in a code fence longer than any fence in it. */
  private static String fenced(String text) {
    String fence = "```";
    while (text.contains(fence)) {
      fence += "`";
    }
    return fence + "tool_output\n" + text + "\n" + fence;
  }
}
