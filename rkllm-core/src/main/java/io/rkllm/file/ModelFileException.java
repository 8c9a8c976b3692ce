package io.rkllm.file;

import io.rkllm.RkllmException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file could not be read as a model file. {@link #kind()} tells what it is instead, as far as its
 * bytes show.
 */
public final class ModelFileException extends RkllmException {
  private static final long serialVersionUID = 1L;

  /** The kinds of files that are found in place of a readable model file. */
  public enum Kind {
    /** The file does not exist, is not a regular file, may not be read, or its storage failed. */
    UNREADABLE,
    /** A model of the simulator, which is text. */
    SIMULATOR,
    /** A GGUF file, which llama.cpp runs; its strings are not masked. */
    GGUF,
    /** A model file of the runtime, but of a form that is not known. */
    UNKNOWN_CONTAINER,
    /** A model file of the known form that is cut off, contradicts itself, or exceeds a limit. */
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

  /** Returns what was found in place of a readable model file. */
  public Kind kind() {
    return kind;
  }

  /** Returns the file (null after serialization). */
  public @Nullable Path file() {
    return file;
  }
}
