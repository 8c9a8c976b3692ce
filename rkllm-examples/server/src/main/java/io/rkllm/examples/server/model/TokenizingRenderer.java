package io.rkllm.examples.server.model;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.format.TokenizerConfig;
import io.rkllm.tools.parser.ParserOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.LongStream;

/**
 * Conversations are written by a chat format and made into token ids by the model's own tokenizer,
 * so that the length of each prompt is known before the NPU is touched. The token that begins a
 * sequence is added unless the format or the text has written it.
 */
final class TokenizingRenderer implements PromptRenderer {
  private static final String ANY_TEXT = "a";
  private static final long[] NONE = {};

  private final ChatFormat format;
  private final boolean thinksByDefault;
  private final String description;
  private final TokenizersLibrary library;
  private final long tokenizer; // a native object, which is freed by close()
  private final long[] beginning; // what the tokenizer puts before a text
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Reads a tokenizer.
   *
   * @param folder has a {@code tokenizer.json}
   * @param model the model file, for exceptions
   * @throws io.rkllm.ModelLoadException if the tokenizers' native library cannot be loaded
   * @throws IllegalArgumentException if the file is not a tokenizer
   */
  TokenizingRenderer(ChatFormat format, Path folder, Path model, String description) {
    this.format = format;
    thinksByDefault = AnswerPrompt.thinksByDefault(format);
    this.description = description;
    library = TokenizerLibrary.load(model);
    Path file = folder.resolve("tokenizer.json");
    try {
      tokenizer = library.createTokenizerFromString(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("the tokenizer in " + file + " cannot be used: " + e, e);
    }
    try {
      // Prompts are whole texts, whatever the file says of batches.
      library.disableTruncation(tokenizer);
      library.disablePadding(tokenizer);
      beginning = beginning(folder);
    } catch (Throwable thrown) {
      library.deleteTokenizer(tokenizer);
      throw thrown;
    }
  }

  /** By {@code add_bos_token}, which transformers heeds before what tokenizer.json says. */
  private long[] beginning(Path folder) {
    if (Files.isRegularFile(folder.resolve("tokenizer_config.json"))) {
      TokenizerConfig config = TokenizerConfig.read(folder);
      if (config.addsBosToken().isPresent()) {
        return config.addsBosToken().get() ? ids(config.bosToken(), false) : new long[0];
      }
    }
    long[] text = ids(ANY_TEXT, false);
    long[] sequence = ids(ANY_TEXT, true);
    int length = 0;
    while (length < sequence.length && sequence[length] != text[0]) {
      length++;
    }
    return Arrays.copyOf(sequence, length);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation, AnswerStart start) {
    AnswerPrompt prompt = AnswerPrompt.render(format, conversation, start);
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
    open.readLock().lock(); // several may write at once
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      long[] ids = ids(text, false);
      int length = beginning.length;
      boolean begins = hasBeginning || Arrays.equals(beginning, Arrays.copyOf(ids, length));
      return LongStream.concat(LongStream.of(begins ? NONE : beginning), LongStream.of(ids))
          .mapToInt(Math::toIntExact)
          .toArray();
    } finally {
      open.readLock().unlock();
    }
  }

  private long[] ids(String text, boolean withSpecialTokens) {
    long encoding = library.encode(tokenizer, text, withSpecialTokens);
    try {
      return library.getTokenIds(encoding);
    } finally {
      library.deleteEncoding(encoding);
    }
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        library.deleteTokenizer(tokenizer);
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
