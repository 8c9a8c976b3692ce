package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.format.ChatFormats;
import io.rkllm.tools.format.ModelFileChat;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/**
 * Renders conversations with a chat format and tokenizes them with the tokenizer in the model file,
 * so that the length of each prompt is known before the NPU is used.
 */
record FileTokensRenderer(ModelFileChat chat, boolean thinksByDefault, String description)
    implements PromptRenderer {

  FileTokensRenderer(ModelFileChat chat, String description) {
    this(chat, ChatFormats.thinksByDefault(chat.format()), description);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    AnswerPrompt prompt = ChatFormatRenderer.render(chat.format(), conversation, start);
    TokenPrompt input = chat.prompt(prompt.text());
    return new RenderedPrompt(input, OptionalInt.of(input.tokens()), prompt);
  }

  @Override
  public RenderedPrompt raw(String text) {
    TokenPrompt input = TokenPrompt.of(chat.tokenizer().encodePrompt(text));
    return new RenderedPrompt(input, OptionalInt.of(input.tokens()), ParserOptions.defaults());
  }
}
