package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;

/** Renders conversations into prompts for one model. Thread-safe. */
public interface PromptRenderer extends AutoCloseable {

  /**
   * Renders a whole conversation, up to the point at which the model begins to write.
   *
   * @throws IllegalArgumentException if it cannot be rendered, for example because it has tools and
   *     the format does not support them
   */
  RenderedPrompt conversation(Conversation conversation, AnswerStart start);

  /** Renders a whole conversation that is to be answered. */
  default RenderedPrompt conversation(Conversation conversation) {
    return conversation(conversation, new AnswerStart.Beginning());
  }

  /**
   * Returns a text as a prompt, without a template.
   *
   * @throws IllegalArgumentException if this model does not support raw prompts
   */
  RenderedPrompt raw(String text);

  /** Returns whether the model thinks before it answers by default. */
  boolean thinksByDefault();

  /** Frees native memory. The renderer cannot be used afterwards. */
  @Override
  default void close() {}

  /** Returns a short description of the format, for the log. */
  String description();
}
