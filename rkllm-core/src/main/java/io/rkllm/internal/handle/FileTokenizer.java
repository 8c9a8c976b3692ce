package io.rkllm.internal.handle;

import io.rkllm.RkllmModel;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tokenizer in a model's file, which is read when it is first needed. Thread-safe. */
public final class FileTokenizer {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /** The value for a file that has none. */
  public static final FileTokenizer NONE = new FileTokenizer(null);

  private final @Nullable ModelFile file;
  private boolean read;
  private @Nullable ModelTokenizer tokenizer;

  FileTokenizer(@Nullable ModelFile file) {
    this.file = file;
  }

  /**
   * Returns the tokenizer, or empty if the file contains none or one of an unknown kind.
   *
   * @throws ModelFileException if the file has changed since the model was loaded
   */
  public synchronized Optional<ModelTokenizer> read() {
    if (!read) {
      tokenizer = file == null ? null : ModelTokenizer.of(file).orElse(null);
      read = true;
    }
    return Optional.ofNullable(tokenizer);
  }

  /** Returns the tokenizer, or empty if it cannot be read, which is logged. */
  public synchronized Optional<ModelTokenizer> readIfPossible() {
    try {
      return read();
    } catch (ModelFileException e) {
      LOG.warn("Prompts are passed to the runtime as text: {}", e.getMessage());
      read = !Thread.currentThread().isInterrupted(); // otherwise it may be readable next time
      return Optional.empty();
    }
  }

  /** Returns whether the runtime splits text into the same tokens. */
  public boolean agreesWithRuntime() {
    return file != null && !ModelTokenizer.correctsRuntime(file);
  }
}
