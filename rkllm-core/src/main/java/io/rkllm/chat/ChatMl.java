package io.rkllm.chat;

import java.util.regex.Pattern;

/**
 * ChatML: {@code <|im_start|>role\ntext<|im_end|>\n} for each message, then {@code
 * <|im_start|>assistant\n}.
 *
 * <p>Control tokens are neutralized by this rule: in every message, regardless of its role, {@code
 * <|name|>} becomes {@code < |name|>}, with one space inserted and nothing removed, where {@code
 * name} consists of letters, digits, {@code _}, {@code -} and {@code .}. All other text is
 * unchanged. The thinking that preceded an answer, and tool calls, are omitted.
 */
final class ChatMl implements ChatFormat {
  static final ChatMl INSTANCE = new ChatMl();

  private static final Pattern CONTROL_TOKEN = Pattern.compile("<(?=\\|[A-Za-z0-9_.-]+\\|>)");

  private ChatMl() {}

  @Override
  public String render(Conversation conversation) {
    if (!conversation.tools().isEmpty()) {
      throw new IllegalArgumentException(
          "the chat format ChatML does not support tools; leave them out, or use another chat"
              + " format");
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
