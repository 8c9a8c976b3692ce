package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;

/** Writes conversations down for one model. Thread-safe. */
public interface PromptWriter {

  /**
   * A whole conversation.
   *
   * @throws IllegalArgumentException if it cannot be written, such as tools in a format without
   */
  WrittenPrompt conversation(Conversation conversation);

  /**
   * A text as it is, without a template.
   *
   * @throws IllegalArgumentException if this model cannot be given one
   */
  WrittenPrompt raw(String text);

  /** In a few words, how conversations are written: for {@code show} and the log. */
  String description();
}
