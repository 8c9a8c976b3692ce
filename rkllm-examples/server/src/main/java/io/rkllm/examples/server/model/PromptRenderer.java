package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;

/** Renders conversations into prompts for one model. Thread-safe. */
public interface PromptRenderer extends AutoCloseable {

  /**
   * Renders a whole conversation, up to where the model begins to write.
   *
   * @throws IllegalArgumentException if it cannot be rendered, such as tools in a format without
   */
  RenderedPrompt conversation(Conversation conversation, AnswerStart start);

  /** Renders a whole conversation that is to be answered. */
  default RenderedPrompt conversation(Conversation conversation) {
    return conversation(conversation, new AnswerStart.Beginning());
  }

  /**
   * Returns a text as a prompt, without a template.
   *
   * @throws IllegalArgumentException if this model cannot be given one
   */
  RenderedPrompt raw(String text);

  /** Returns whether the model thinks before it answers when nothing says whether it should. */
  boolean thinksByDefault();

  /** Frees native memory. Nothing can be rendered afterwards. */
  @Override
  default void close() {}

  /** Returns how conversations are rendered, in a few words, for the log. */
  String description();
}
