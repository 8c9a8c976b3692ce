package io.rkllm.chat;

import java.util.regex.Pattern;

/**
 * ChatML: {@code <|im_start|>role\ntext<|im_end|>\n} for each message, then {@code
 * <|im_start|>assistant\n}.
 *
 * <p>The rule for control tokens: in every message, whoever says it, {@code <|name|>} is written
 * {@code < |name|>} – one space is put in, nothing is taken away – where {@code name} is made of
 * letters, digits, {@code _}, {@code -} and {@code .}. All else of it goes through unchanged. What
 * was thought before an answer, and tool calls, are left out.
 */
final class ChatMl implements ChatFormat {
  static final ChatMl INSTANCE = new ChatMl();

  private static final Pattern CONTROL_TOKEN = Pattern.compile("<(?=\\|[A-Za-z0-9_.-]+\\|>)");

  private ChatMl() {}

  @Override
  public String render(Conversation conversation) {
    if (!conversation.tools().isEmpty()) {
      throw new IllegalArgumentException(
          "the chat format ChatML has no tools; leave them out, or use another chat format");
    }
    StringBuilder prompt = new StringBuilder();
    for (ChatMessage message : conversation.messages()) {
      prompt
          .append("<|im_start|>")
          .append(message.role().label())
          .append('\n')
          .append(CONTROL_TOKEN.matcher(message.text()).replaceAll("< "))
          .append("<|im_end|>\n");
    }
    return prompt.append("<|im_start|>assistant\n").toString();
  }
}
