package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.format.ChatFormats;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/** Renders conversations with a chat format and leaves tokenization to the runtime. */
record ChatFormatRenderer(ChatFormat format, boolean thinksByDefault, String description)
    implements PromptRenderer {

  ChatFormatRenderer(ChatFormat format, String description) {
    this(format, ChatFormats.thinksByDefault(format), description);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    AnswerPrompt prompt = render(format, conversation, start);
    return new RenderedPrompt(prompt.input(), OptionalInt.empty(), prompt);
  }

  /**
   * Renders a conversation.
   *
   * @throws IllegalArgumentException if the format cannot render it; the message names the key of
   *     the Modelfile that selects another format
   */
  static AnswerPrompt render(ChatFormat format, Conversation conversation, AnswerStart start) {
    try {
      return switch (start) {
        case AnswerStart.Beginning _ -> AnswerPrompt.answering(format, conversation);
        case AnswerStart.EndOfLastMessage _ -> AnswerPrompt.continuing(format, conversation);
        case AnswerStart.ToolCall call -> AnswerPrompt.calling(format, conversation, call.tool());
      };
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
