package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/** Conversations are written by a chat format, and the runtime has the tokenizer. */
record ChatFormatRenderer(ChatFormat format, String description) implements PromptRenderer {

  @Override
  public RenderedPrompt conversation(Conversation conversation) {
    String prompt = render(format, conversation);
    return new RenderedPrompt(
        RawPrompt.of(prompt), OptionalInt.empty(), ParserOptions.forAnswer(conversation, prompt));
  }

  /**
   * Renders a conversation.
   *
   * @throws IllegalArgumentException if the format cannot write it; the message names the key of
   *     the Modelfile that chooses another
   */
  static String render(ChatFormat format, Conversation conversation) {
    try {
      return format.render(conversation);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + " (TEMPLATE in the Modelfile of this model chooses the chat format)", e);
    }
  }

  @Override
  public RenderedPrompt raw(String text) {
    return new RenderedPrompt(RawPrompt.of(text), OptionalInt.empty(), ParserOptions.defaults());
  }
}
