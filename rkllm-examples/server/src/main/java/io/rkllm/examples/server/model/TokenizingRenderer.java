package io.rkllm.examples.server.model;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.Conversation;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Conversations are written by a chat format and made into token ids by the model's own tokenizer,
 * so that the length of each prompt is known before the NPU is touched.
 */
final class TokenizingRenderer implements PromptRenderer {
  private final ChatFormat format;
  private final String description;
  private final TokenizersLibrary library;
  private final long tokenizer; // a native object, which is freed by close()
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Reads a tokenizer. The format must write the token that begins a sequence, where there is one.
   *
   * @param folder has a {@code tokenizer.json}
   * @param model the model file, for exceptions
   * @throws io.rkllm.ModelLoadException if the tokenizers' native library cannot be loaded
   * @throws IllegalArgumentException if the file is not a tokenizer
   */
  TokenizingRenderer(ChatFormat format, Path folder, Path model, String description) {
    this.format = format;
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
    // Prompts are whole texts, whatever the file says of batches.
    library.disableTruncation(tokenizer);
    library.disablePadding(tokenizer);
  }

  @Override
  public RenderedPrompt conversation(Conversation conversation) {
    String prompt = format.render(conversation);
    return written(prompt, ParserOptions.forAnswer(conversation, prompt));
  }

  @Override
  public RenderedPrompt raw(String text) {
    return written(text, ParserOptions.defaults());
  }

  private RenderedPrompt written(String text, ParserOptions reading) {
    int[] ids;
    open.readLock().lock(); // several may write at once
    try {
      ids = Arrays.stream(encode(text)).mapToInt(Math::toIntExact).toArray();
    } finally {
      open.readLock().unlock();
    }
    return new RenderedPrompt(TokenPrompt.of(ids), OptionalInt.of(ids.length), reading);
  }

  private long[] encode(String text) {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    boolean addSpecialTokens = false; // the format has written them
    long encoding = library.encode(tokenizer, text, addSpecialTokens);
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
