package io.rkllm.file;

import io.rkllm.RkllmException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a file cannot be read as a model file. {@link #kind()} is the kind of the file, as
 * far as its bytes show.
 */
public final class ModelFileException extends RkllmException {
  private static final long serialVersionUID = 1L;

  /** The kinds of files that are found in place of a readable model file. */
  public enum Kind {
    /** The file does not exist, is not a regular file, is not readable, or its storage failed. */
    UNREADABLE,
    /** A model of the simulator, which is text. */
    SIMULATOR,
    /** A GGUF file for llama.cpp, whose strings are not masked. */
    GGUF,
    /** A model file of the runtime, but in an unknown format. */
    UNKNOWN_CONTAINER,
    /** A model file of the known format that is truncated, inconsistent, or exceeds a limit. */
    DAMAGED,
    /** A file of another kind. */
    OTHER
  }

  private final Kind kind;
  private final transient @Nullable Path file;

  ModelFileException(Kind kind, Path file, String problem, @Nullable Throwable cause) {
    super(file + " " + problem, "ModelFile.read", NO_CODE, cause);
    this.kind = kind;
    this.file = file;
  }

  /** Returns the kind of the file. */
  public Kind kind() {
    return kind;
  }

  /** Returns the file, or null after deserialization. */
  public @Nullable Path file() {
    return file;
  }
}
