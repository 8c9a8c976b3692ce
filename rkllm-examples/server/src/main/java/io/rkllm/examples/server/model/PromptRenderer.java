package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;

/** Writes conversations down for one model. Thread-safe. */
public interface PromptRenderer extends AutoCloseable {

  /**
   * A whole conversation.
   *
   * @throws IllegalArgumentException if it cannot be written, such as tools in a format without
   */
  RenderedPrompt conversation(Conversation conversation);

  /**
   * A text as it is, without a template.
   *
   * @throws IllegalArgumentException if this model cannot be given one
   */
  RenderedPrompt raw(String text);

  /** Frees what it holds. Nothing can be written afterwards. */
  @Override
  default void close() {}

  /** In a few words, how conversations are written: for {@code show} and the log. */
  String description();
}
