package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.HERMES_TOOLS;
import static io.rkllm.tools.format.ControlTokens.PIPED;
import static io.rkllm.tools.format.ControlTokens.THINKING;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.parser.Dialects;
import java.util.List;

/** Qwen 3.5 and Qwen 3 Coder: ChatML with calls in blocks of functions and parameters. */
final class QwenXml extends FamilyFormat {
  private static final String TOOLS_BEGIN =
      """
      # Tools

      You have access to the following functions:

      <tools>
      """;
  private static final String TOOLS_END =
      """

      </tools>

      If you choose to call a function ONLY reply in the following format with NO suffix:

      <tool_call>
      <function=example_function_name>
      <parameter=example_parameter_1>
      value_1
      </parameter>
      <parameter=example_parameter_2>
      This is the value for the second parameter
      that can span
      multiple lines
      </parameter>
      </function>
      </tool_call>

      <IMPORTANT>
      Reminder:
      - Function calls MUST follow the specified format: an inner <function=...></function> block \
      must be nested within <tool_call></tool_call> XML tags
      - Required parameters MUST be specified
      - You may provide optional reasoning for your function call in natural language BEFORE the \
      function call, but NOT after
      - If there is no function call available, answer the question like normal with your current \
      knowledge and do not tell the user about function calls
      </IMPORTANT>\
      """;
  private static final String BLOCKS = "</(?:function|parameter)>|<(?:function|parameter)=";

  private final boolean thinks;

  QwenXml(boolean thinks) {
    super(Dialects.QWEN_CODER, ControlTokens.of(PIPED, HERMES_TOOLS, THINKING, BLOCKS));
    this.thinks = thinks;
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    boolean ownSystem = messages.getFirst() instanceof ChatMessage.SystemPrompt;
    String system = ownSystem ? messages.getFirst().text().strip() : "";
    if (!tools.isEmpty()) {
      String declarations = TOOLS_BEGIN + String.join("\n", tools) + TOOLS_END;
      Qwen.turn("system", system.isEmpty() ? declarations : declarations + "\n\n" + system, prompt);
    } else if (ownSystem) {
      Qwen.turn("system", system, prompt);
    }
    int lastQuestion = Qwen.lastQuestion(messages);
    for (int i = ownSystem ? 1 : 0; i < messages.size(); i++) {
      switch (messages.get(i)) {
        case ChatMessage.Assistant answer ->
            Qwen.turn("assistant", answer(answer, i > lastQuestion), prompt);
        case ChatMessage.ToolResult result -> Qwen.writeResult(messages, i, result, prompt);
        case ChatMessage other -> Qwen.turn(other.role().label(), other.text().strip(), prompt);
      }
    }
    prompt.append("<|im_start|>assistant\n").append(beginning(conversation));
  }

  private String answer(ChatMessage.Assistant answer, boolean sinceLastQuestion) {
    String said = textAndCalls(answer, "\n\n");
    return thinks && sinceLastQuestion
        ? "<think>\n" + answer.thinking().strip() + "\n</think>\n\n" + said
        : said;
  }

  private String beginning(Conversation conversation) {
    if (!thinks) {
      return "";
    }
    return conversation.thinking() ? "<think>\n" : "<think>\n\n</think>\n\n";
  }

  @Override
  String calls(List<ToolCall> calls) {
    return super.calls(withoutTokensInStrings(calls));
  }
}
