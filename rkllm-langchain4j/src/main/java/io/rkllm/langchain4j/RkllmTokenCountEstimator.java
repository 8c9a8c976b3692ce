package io.rkllm.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import io.rkllm.RkllmModel;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import java.util.List;
import java.util.OptionalInt;

/**
 * Counts tokens with the tokenizer in a model's file, for example to limit a chat memory.
 *
 * <pre>{@code
 * ChatMemory memory =
 *     TokenWindowChatMemory.withMaxTokens(3_000, new RkllmTokenCountEstimator(model));
 * }</pre>
 *
 * <p>The count of several messages is that of the prompt made of them: with the text that the chat
 * format writes around them, the beginning of the answer, and the token that begins a sequence. The
 * count of one message is that of its content alone, so that a memory that subtracts it for a
 * message that it removes never holds more than its limit.
 *
 * <p>The first count reads the tokenizer, which takes up to a second. Thread-safe.
 */
public final class RkllmTokenCountEstimator implements TokenCountEstimator {
  private final RkllmModel model;

  /**
   * Creates an estimator for a model.
   *
   * @throws IllegalArgumentException if the model was loaded without a chat format
   */
  public RkllmTokenCountEstimator(RkllmModel model) {
    if (model.chatFormat().isEmpty()) {
      throw new IllegalArgumentException(ChatSettings.NO_FORMAT);
    }
    this.model = model;
  }

  /**
   * Returns the number of tokens of a text alone.
   *
   * @throws IllegalStateException if the model's file has no tokenizer that is known
   */
  @Override
  public int estimateTokenCountInText(String text) {
    return known(model.countTokens(text));
  }

  /**
   * Returns the number of tokens of the content of a message, including tool calls.
   *
   * @throws IllegalStateException if the model's file has no tokenizer that is known
   */
  @Override
  public int estimateTokenCountInMessage(ChatMessage message) {
    io.rkllm.chat.ChatMessage converted = Messages.toRkllm(List.of(message)).getFirst();
    int tokens = estimateTokenCountInText(converted.text());
    if (converted instanceof io.rkllm.chat.ChatMessage.Assistant answer) {
      for (ToolCall call : answer.toolCalls()) {
        tokens +=
            estimateTokenCountInText(call.name()) + estimateTokenCountInText(call.arguments());
      }
    }
    return tokens;
  }

  /**
   * Returns the number of tokens of the prompt that the messages make.
   *
   * @throws IllegalStateException if the model's file has no tokenizer that is known
   */
  @Override
  public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
    List<io.rkllm.chat.ChatMessage> converted = Messages.toRkllm(messages);
    return converted.isEmpty() ? 0 : known(model.countTokens(Conversation.of(converted)));
  }

  private static int known(OptionalInt count) {
    return count.orElseThrow(
        () ->
            new IllegalStateException(
                "the model's file has no tokenizer that is known, so its tokens cannot be counted;"
                    + " limit the memory by a number of messages instead"));
  }
}
