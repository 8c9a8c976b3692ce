package io.rkllm.input;

import java.util.List;

/**
 * A conversation up to where the model should speak.
 *
 * @param messages what was said so far, oldest first; not empty
 * @param thinking whether the model should think before it answers
 */
public record Conversation(List<ChatMessage> messages, boolean thinking) {
  /** Copies the messages. */
  public Conversation {
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs at least one message");
    }
  }
}
