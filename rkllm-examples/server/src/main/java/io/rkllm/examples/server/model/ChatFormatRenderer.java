package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/** Renders conversations by a chat format and leaves the tokenizer to the runtime. */
record ChatFormatRenderer(ChatFormat format, boolean thinksByDefault, String description)
    implements PromptRenderer {

  ChatFormatRenderer(ChatFormat format, String description) {
    this(format, AnswerPrompt.thinksByDefault(format), description);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    AnswerPrompt prompt = AnswerPrompt.render(format, conversation, start);
    return new RenderedPrompt(RawPrompt.of(prompt.text()), OptionalInt.empty(), prompt);
  }

  @Override
  public RenderedPrompt raw(String text) {
    return new RenderedPrompt(RawPrompt.of(text), OptionalInt.empty(), ParserOptions.defaults());
  }
}
