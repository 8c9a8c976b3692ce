package io.rkllm.chat;

import io.rkllm.internal.check.Check;
import java.util.List;

/**
 * A conversation that the model is to continue.
 *
 * @param messages the messages so far, oldest first; not empty
 * @param tools the tools that the model may call in its answer; possibly empty
 * @param thinking whether the model should think before it answers
 */
public record Conversation(
    List<ChatMessage> messages, List<ToolDeclaration> tools, boolean thinking) {
  /**
   * Creates a conversation, copying the lists.
   *
   * @throws IllegalArgumentException if there are no messages
   */
  public Conversation {
    messages = Check.copy("messages", messages);
    tools = Check.copy("tools", tools);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs at least one message");
    }
  }

  /** Returns a conversation of these messages, without tools and thinking. */
  public static Conversation of(List<? extends ChatMessage> messages) {
    return new Conversation(List.copyOf(messages), List.of(), false);
  }

  /** Returns a copy of this conversation with other messages. */
  public Conversation withMessages(List<ChatMessage> messages) {
    return new Conversation(messages, tools, thinking);
  }

  /** Returns a copy of this conversation with other tools. */
  public Conversation withTools(List<ToolDeclaration> tools) {
    return new Conversation(messages, tools, thinking);
  }

  /** Returns a copy of this conversation with thinking enabled or disabled. */
  public Conversation withThinking(boolean thinking) {
    return new Conversation(messages, tools, thinking);
  }
}
