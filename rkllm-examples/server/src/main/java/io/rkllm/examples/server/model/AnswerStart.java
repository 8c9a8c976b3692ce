package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The point in an answer at which the model begins to write. */
public sealed interface AnswerStart {

  /** At the beginning: the conversation is answered. */
  record Beginning() implements AnswerStart {}

  /** At the end of the last message, which is an answer to continue. */
  record EndOfLastMessage() implements AnswerStart {}

  /**
   * Inside a tool call, so that the model must call a tool.
   *
   * @param tool the name of the tool; null for any
   */
  record ToolCall(@Nullable String tool) implements AnswerStart {}

  /**
   * Returns the default start of the answer to the given messages. If the last message is an answer
   * without tool calls and is not the only message, it is continued.
   */
  static AnswerStart after(List<ChatMessage> messages) {
    boolean continues =
        messages.size() > 1
            && messages.getLast() instanceof ChatMessage.Assistant answer
            && answer.toolCalls().isEmpty()
            && !(answer.text().isEmpty() && answer.thinking().isEmpty());
    return continues ? new EndOfLastMessage() : new Beginning();
  }
}
