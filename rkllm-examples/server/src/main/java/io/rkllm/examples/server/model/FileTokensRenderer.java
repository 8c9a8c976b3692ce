package io.rkllm.examples.server.model;

import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.format.ModelFileChat;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/**
 * Conversations are written by a chat format and made into token ids by the tokenizer in the model
 * file, so that the length of each prompt is known before the NPU is touched.
 */
record FileTokensRenderer(ModelFileChat chat, String description) implements PromptRenderer {

  @Override
  public RenderedPrompt conversation(Conversation conversation) {
    String prompt = chat.format().render(conversation);
    return written(chat.prompt(prompt), ParserOptions.forAnswer(conversation, prompt));
  }

  @Override
  public RenderedPrompt raw(String text) {
    return written(TokenPrompt.of(chat.tokenizer().encodePrompt(text)), ParserOptions.defaults());
  }

  private static RenderedPrompt written(TokenPrompt prompt, ParserOptions options) {
    return new RenderedPrompt(prompt, OptionalInt.of(prompt.tokens()), options);
  }
}
