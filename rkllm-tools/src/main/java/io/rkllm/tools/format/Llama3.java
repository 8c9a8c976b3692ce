package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** The headers of Llama 3, with tools in the first message of the user. */
final class Llama3 extends FamilyFormat {
  private static final String TOOLS =
      "Given the following functions, please respond with a JSON for a function call with its"
          + " proper arguments that best answers the given prompt.\n\n"
          + "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument"
          + " name and its value}. Do not use variables.\n\n";

  Llama3() {
    super(Dialects.LLAMA, ControlTokens.of(PIPED));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    String declarations = tools.isEmpty() ? "" : TOOLS + String.join("\n\n", tools) + "\n\n";
    List<ChatMessage> messages = conversation.messages();
    int first = 0;
    String system = "";
    if (messages.getFirst() instanceof ChatMessage.SystemPrompt own) {
      system = own.text().strip();
      first = 1;
    }
    boolean inSystem = messages.stream().noneMatch(ChatMessage.User.class::isInstance);
    if (first == 1 || !tools.isEmpty()) {
      String environment = tools.isEmpty() ? "" : "Environment: ipython\n\n";
      turn("system", environment + (inSystem ? declarations : "") + system, prompt);
    }
    String pending = inSystem ? "" : declarations;
    for (ChatMessage message : messages.subList(first, messages.size())) {
      switch (message) {
        case ChatMessage.User user -> {
          turn("user", pending + user.text().strip(), prompt);
          pending = "";
        }
        case ChatMessage.Assistant answer ->
            turn("assistant", textAndCalls(answer, "\n").strip(), prompt);
        case ChatMessage.ToolResult result -> turn("ipython", result.text(), prompt);
        case ChatMessage.SystemPrompt later -> turn("system", later.text().strip(), prompt);
      }
    }
    open("assistant", prompt);
  }

  private static void turn(String role, String text, StringBuilder prompt) {
    open(role, prompt);
    prompt.append(text).append("<|eot_id|>");
  }

  private static void open(String role, StringBuilder prompt) {
    prompt.append("<|start_header_id|>").append(role).append("<|end_header_id|>\n\n");
  }
}
