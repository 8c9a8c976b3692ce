package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TextPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.util.List;
import java.util.OptionalInt;

/**
 * Renders conversations for the runtime's own template, which wraps each prompt. The template takes
 * one message at a time, and the runtime keeps earlier messages itself, which several clients
 * cannot share. A conversation of more than one message therefore becomes one message that quotes
 * it.
 */
final class RuntimeTemplateRenderer implements PromptRenderer {

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    if (!conversation.tools().isEmpty()) {
      throw new IllegalArgumentException(
          "tools require the chat format of this model: set HUGGINGFACE_PATH or TEMPLATE in its"
              + " Modelfile");
    }
    List<ChatMessage> messages = conversation.messages();
    boolean single = messages.size() == 1 && messages.getFirst() instanceof ChatMessage.User;
    String text = single ? messages.getFirst().text() : transcript(messages, start);
    return new RenderedPrompt(
        TextPrompt.of(text).withThinking(conversation.thinking()),
        OptionalInt.empty(),
        ParserOptions.defaults());
  }

  private static String transcript(List<ChatMessage> messages, AnswerStart start) {
    StringBuilder text = new StringBuilder();
    for (ChatMessage message : messages) {
      String speaker =
          switch (message) {
            case ChatMessage.SystemPrompt _ -> "Instructions";
            case ChatMessage.User _ -> "User";
            case ChatMessage.Assistant _ -> "You";
            case ChatMessage.ToolResult result -> "Result of " + result.name();
          };
      text.append(speaker).append(": ").append(message.text()).append("\n\n");
    }
    return text.append(
            start instanceof AnswerStart.EndOfLastMessage
                ? "Continue your last answer where it stops; do not repeat what it has."
                : "Go on with this conversation: give your next answer, and nothing else.")
        .toString();
  }

  /** {@inheritDoc} The vendor's runtime does not think unless asked to. */
  @Override
  public boolean thinksByDefault() {
    return false;
  }

  @Override
  public RenderedPrompt raw(String text) {
    throw new IllegalArgumentException(
        "a prompt without a template requires the chat format of this model: set"
            + " HUGGINGFACE_PATH or TEMPLATE in its Modelfile");
  }

  @Override
  public String description() {
    return "the runtime's own template";
  }
}
