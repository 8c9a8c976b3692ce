package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.HERMES_TOOLS;
import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.THINKING;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** ChatML whose system prompt contains the reasoning mode, with the tools of Hermes. */
final class SmolLm3 extends FamilyFormat {
  private static final String NAME =
      "You are a helpful AI assistant named SmolLM, trained by Hugging Face.";
  private static final String TOOLS_BEGIN =
      """
      ### Tools

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
  private static final String NO_THINKING = "<think>\n\n</think>\n";

  SmolLm3() {
    super(Dialects.SMOLLM, ControlTokens.of(PIPED, HERMES_TOOLS, THINKING));
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    boolean ownSystem = messages.getFirst() instanceof ChatMessage.SystemPrompt;
    prompt.append("<|im_start|>system\n");
    prompt.append(
        "## Metadata\n\nKnowledge Cutoff Date: June 2025\nReasoning Mode: "
            + (conversation.thinking() ? "/think" : "/no_think")
            + "\n\n## Custom Instructions\n\n"
            + (ownSystem ? messages.getFirst().text().stripTrailing() : NAME)
            + "\n\n"
            // Without tools the template leaves this turn open.
            + (tools.isEmpty()
                ? ""
                : TOOLS_BEGIN + String.join("\n", tools) + TOOLS_END + "\n\n<|im_end|>\n"));
    String mark = conversation.thinking() ? "" : NO_THINKING;
    for (ChatMessage message : messages.subList(ownSystem ? 1 : 0, messages.size())) {
      switch (message) {
        case ChatMessage.Assistant answer ->
            Qwen.turn("assistant", mark + textAndCalls(answer, "\n"), prompt);
        case ChatMessage.ToolResult result -> Qwen.turn("user", result.text(), prompt);
        case ChatMessage other -> Qwen.turn(other.role().label(), other.text(), prompt);
      }
    }
    prompt.append("<|im_start|>assistant\n").append(mark);
  }
}
