package io.rkllm.examples.server.model;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.format.ChatFormats;
import io.rkllm.tools.format.TokenizerConfig;
import io.rkllm.tools.parser.ParserOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.LongStream;

/**
 * Renders conversations with a chat format and tokenizes them with the model's own tokenizer, so
 * that the length of each prompt is known before the NPU is used. The token that begins a sequence
 * is added unless the format or the text contains it already.
 */
final class TokenizingRenderer implements PromptRenderer {
  private static final String ANY_TEXT = "a";
  private static final long[] NONE = {};

  private final ChatFormat format;
  private final boolean thinksByDefault;
  private final String description;
  private final NativeTokenizer tokenizer;
  private final long[] beginning; // the tokens that the tokenizer puts before a text
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Reads a tokenizer.
   *
   * @param folder a folder that contains a {@code tokenizer.json}
   * @param model the model file, for exceptions
   * @throws io.rkllm.ModelLoadException if the native library of the tokenizers cannot be loaded
   * @throws IllegalArgumentException if the file is not a tokenizer
   */
  TokenizingRenderer(ChatFormat format, Path folder, Path model, String description) {
    this.format = format;
    thinksByDefault = ChatFormats.thinksByDefault(format);
    this.description = description;
    tokenizer = NativeTokenizer.open(folder.resolve("tokenizer.json"), model);
    try {
      beginning = beginning(folder);
    } catch (Throwable thrown) {
      tokenizer.close();
      throw thrown;
    }
  }

  /**
   * Returns the tokens that begin a sequence. As in transformers, {@code add_bos_token} takes
   * precedence over tokenizer.json.
   */
  private long[] beginning(Path folder) {
    if (Files.isRegularFile(folder.resolve("tokenizer_config.json"))) {
      TokenizerConfig config = TokenizerConfig.read(folder);
      if (config.addsBosToken().isPresent()) {
        return config.addsBosToken().get()
            ? tokenizer.encode(config.bosToken(), false)
            : new long[0];
      }
    }
    long[] text = tokenizer.encode(ANY_TEXT, false);
    long[] sequence = tokenizer.encode(ANY_TEXT, true);
    int length = 0;
    while (length < sequence.length && sequence[length] != text[0]) {
      length++;
    }
    return Arrays.copyOf(sequence, length);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    AnswerPrompt prompt = ChatFormatRenderer.render(format, conversation, start);
    int[] ids = encode(prompt.text(), format.writesBeginToken());
    return new RenderedPrompt(TokenPrompt.of(ids), OptionalInt.of(ids.length), prompt);
  }

  @Override
  public RenderedPrompt raw(String text) {
    int[] ids = encode(text, false);
    return new RenderedPrompt(
        TokenPrompt.of(ids), OptionalInt.of(ids.length), ParserOptions.defaults());
  }

  @Override
  public boolean thinksByDefault() {
    return thinksByDefault;
  }

  private int[] encode(String text, boolean hasBeginning) {
    open.readLock().lock(); // several threads may write at once
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      long[] ids = tokenizer.encode(text, false);
      int length = beginning.length;
      boolean begins = hasBeginning || Arrays.equals(beginning, Arrays.copyOf(ids, length));
      return LongStream.concat(LongStream.of(begins ? NONE : beginning), LongStream.of(ids))
          .mapToInt(Math::toIntExact)
          .toArray();
    } finally {
      open.readLock().unlock();
    }
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        tokenizer.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  @Override
  public String description() {
    return description;
  }
}
