package io.rkllm.examples.server.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Conversations are written by a chat format and made into token ids by the model's own tokenizer,
 * so that the length of each prompt is known before the NPU is touched.
 */
final class TokenizedPrompts implements PromptWriter {
  /** Whole texts as they are: the template has written all special tokens. */
  private static final Map<String, String> AS_IT_IS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final ChatFormat format;
  private final String description;
  private final HuggingFaceTokenizer tokenizer; // native memory: not to be used once it is closed
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  /**
   * Reads a tokenizer. The format must write the token that begins a sequence, where there is one.
   *
   * @param folder has a {@code tokenizer.json}
   */
  TokenizedPrompts(ChatFormat format, Path folder, String description) {
    this.format = format;
    this.description = description;
    Path file = folder.resolve("tokenizer.json");
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(file, AS_IT_IS);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("the tokenizer in " + file + " cannot be used: " + e, e);
    }
  }

  @Override
  public WrittenPrompt conversation(Conversation conversation) {
    String prompt = format.render(conversation);
    return written(prompt, ParserOptions.forAnswer(conversation, prompt));
  }

  @Override
  public WrittenPrompt raw(String text) {
    return written(text, ParserOptions.defaults());
  }

  private WrittenPrompt written(String text, ParserOptions reading) {
    int[] ids;
    open.readLock().lock(); // several may write at once
    try {
      ids =
          Arrays.stream(tokenizer.encode(text, false, false).getIds())
              .mapToInt(Math::toIntExact)
              .toArray();
    } finally {
      open.readLock().unlock();
    }
    return new WrittenPrompt(TokenPrompt.of(ids), OptionalInt.of(ids.length), reading);
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      tokenizer.close();
    } finally {
      open.writeLock().unlock();
    }
  }

  @Override
  public String description() {
    return description;
  }
}
