package io.rkllm.chat;

import io.rkllm.internal.check.Check;
import java.util.List;

/**
 * A conversation up to where the model should speak.
 *
 * @param messages what was said so far, oldest first; not empty
 * @param tools what the model may call in its answer; may be empty
 * @param thinking whether the model should think before it answers
 */
public record Conversation(
    List<ChatMessage> messages, List<ToolDeclaration> tools, boolean thinking) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is no message
   */
  public Conversation {
    messages = Check.copy("messages", messages);
    tools = Check.copy("tools", tools);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs at least one message");
    }
  }

  /** These messages, without tools and thinking. */
  public static Conversation of(List<? extends ChatMessage> messages) {
    return new Conversation(List.copyOf(messages), List.of(), false);
  }

  /** The same conversation with other messages. */
  public Conversation withMessages(List<ChatMessage> messages) {
    return new Conversation(messages, tools, thinking);
  }

  /** The same conversation with other tools. */
  public Conversation withTools(List<ToolDeclaration> tools) {
    return new Conversation(messages, tools, thinking);
  }

  /** The same conversation, with thinking switched on or off. */
  public Conversation withThinking(boolean thinking) {
    return new Conversation(messages, tools, thinking);
  }
}
