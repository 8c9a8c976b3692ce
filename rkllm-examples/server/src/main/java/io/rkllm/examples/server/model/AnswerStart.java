package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where in its answer a model begins to write. */
public sealed interface AnswerStart {

  /** At the beginning: the conversation is answered. */
  record Beginning() implements AnswerStart {}

  /** At the end of the last message, which is an answer to be continued. */
  record EndOfLastMessage() implements AnswerStart {}

  /**
   * Inside a tool call, so that the answer has to be one.
   *
   * @param tool the name of the tool; null for any
   */
  record ToolCall(@Nullable String tool) implements AnswerStart {}

  /**
   * Returns where the answer to these messages starts by itself: an answer without tool calls that
   * comes last is continued, where anything comes before it.
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
