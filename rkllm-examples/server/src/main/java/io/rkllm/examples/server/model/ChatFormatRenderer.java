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
    String prompt = format.render(conversation);
    return new RenderedPrompt(
        RawPrompt.of(prompt), OptionalInt.empty(), ParserOptions.forAnswer(conversation, prompt));
  }

  @Override
  public RenderedPrompt raw(String text) {
    return new RenderedPrompt(RawPrompt.of(text), OptionalInt.empty(), ParserOptions.defaults());
  }
}
