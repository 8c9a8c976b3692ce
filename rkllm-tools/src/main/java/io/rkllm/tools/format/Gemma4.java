package io.rkllm.tools.format;

import static io.rkllm.tools.format.ControlTokens.PIPED;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.json.GemmaText;
import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.json.ToolJson;
import io.rkllm.tools.parser.Dialects;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns of system, user and model, with values in a notation of their own. */
final class Gemma4 extends FamilyFormat {
  private static final String TOKENS = "<\\|[a-z_]+>|<[a-z_]+\\|>";
  private static final String NO_THINKING = "<|channel>thought\n<channel|>";

  Gemma4() {
    super(Dialects.GEMMA, ControlTokens.of(PIPED, TOKENS));
  }

  @Override
  List<String> declarations(Conversation conversation) {
    return conversation.tools().stream()
        .map(tool -> GemmaDeclarations.of(neutral(ToolJson.tree(tool))))
        .toList();
  }

  @Override
  void write(Conversation conversation, List<String> tools, StringBuilder prompt) {
    List<ChatMessage> messages = conversation.messages();
    boolean ownSystem = messages.getFirst() instanceof ChatMessage.SystemPrompt;
    if (ownSystem || conversation.thinking() || !tools.isEmpty()) {
      prompt.append("<|turn>system\n");
      prompt.append(conversation.thinking() ? "<|think|>\n" : "");
      prompt.append(ownSystem ? messages.getFirst().text().strip() : "");
      tools.forEach(tool -> prompt.append("<|tool>").append(tool).append("<tool|>"));
      prompt.append("<turn|>\n");
    }
    int lastQuestion = Qwen.lastQuestion(messages);
    boolean open = false; // the model's turn, after its calls
    for (int i = ownSystem ? 1 : 0; i < messages.size(); i++) {
      ChatMessage message = messages.get(i);
      if (open
          && !(message instanceof ChatMessage.Assistant)
          && !(message instanceof ChatMessage.ToolResult)) {
        prompt.append("<turn|>\n");
        open = false;
      }
      switch (message) {
        case ChatMessage.Assistant answer -> {
          prompt.append(open ? "" : "<|turn>model\n");
          writeAnswer(answer, i > lastQuestion, prompt);
          open = !answer.toolCalls().isEmpty();
          prompt.append(open ? "" : "<turn|>\n");
        }
        case ChatMessage.ToolResult result -> {
          prompt.append(open ? "" : "<|turn>model\n").append(response(result));
          open = true;
        }
        case ChatMessage other ->
            prompt.append(
                "<|turn>%s\n%s<turn|>\n".formatted(other.role().label(), other.text().strip()));
      }
    }
    prompt.append(open ? "" : "<|turn>model\n");
    prompt.append(conversation.thinking() ? "" : NO_THINKING);
  }

  private void writeAnswer(
      ChatMessage.Assistant answer, boolean sinceLastQuestion, StringBuilder prompt) {
    if (sinceLastQuestion && !answer.thinking().isEmpty() && !answer.toolCalls().isEmpty()) {
      prompt.append("<|channel>thought\n").append(answer.thinking()).append("<channel|>");
    }
    prompt.append(textAndCalls(answer, "").strip());
  }

  @Override
  String calls(List<ToolCall> calls) {
    return super.calls(withoutTokensInStrings(calls));
  }

  private String response(ChatMessage.ToolResult result) {
    Map<String, ?> values;
    try {
      values = neutral(Json.object(result.text()));
    } catch (IllegalArgumentException _) { // a plain text
      values = Map.of("value", result.text());
    }
    return "<|tool_response>response:%s%s<tool_response|>"
        .formatted(result.name(), GemmaText.of(values));
  }

  @SuppressWarnings("unchecked") // a neutral map has the keys of the map
  private Map<String, @Nullable Object> neutral(Map<String, ?> json) {
    return (Map<String, @Nullable Object>) Objects.requireNonNull(tokens().neutralTree(json));
  }
}
