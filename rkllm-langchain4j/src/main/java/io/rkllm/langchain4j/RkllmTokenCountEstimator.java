package io.rkllm.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.List;

/**
 * Counts tokens with the vocabulary of a model file, for example to limit a chat memory.
 *
 * <pre>{@code
 * ModelTokenizer tokenizer = ModelTokenizer.of(ModelFile.read(path)).orElseThrow();
 * ChatMemory memory = TokenWindowChatMemory.withMaxTokens(
 *     3_000, new RkllmTokenCountEstimator(tokenizer, ChatFormats.qwen3()));
 * }</pre>
 *
 * <p>Counts are exact for texts. Those of messages include what the chat format writes around them,
 * and for each call what it writes before the answer, so that sums are slightly too large rather
 * than too small. Thread-safe.
 */
public final class RkllmTokenCountEstimator implements TokenCountEstimator {
  private final ModelTokenizer tokenizer;
  private final ChatFormat format;

  /** Counts with a tokenizer, and for messages as a chat format writes them. */
  public RkllmTokenCountEstimator(ModelTokenizer tokenizer, ChatFormat format) {
    this.tokenizer = tokenizer;
    this.format = format;
  }

  @Override
  public int estimateTokenCountInText(String text) {
    return tokenizer.count(text);
  }

  @Override
  public int estimateTokenCountInMessage(ChatMessage message) {
    return estimateTokenCountInMessages(List.of(message));
  }

  @Override
  public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
    List<io.rkllm.chat.ChatMessage> converted = Messages.toRkllm(messages);
    return converted.isEmpty() ? 0 : tokenizer.count(format.render(Conversation.of(converted)));
  }
}
