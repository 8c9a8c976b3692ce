package io.rkllm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when {@code librkllmrt.so} is not found, cannot be opened on this machine, or is of a
 * release that this SDK does not support. The message contains the path, the problem and the
 * remedy. Where possible, the exception is thrown before any code of the library is executed.
 */
public final class NativeLibraryException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path library;

  /**
   * Creates an exception.
   *
   * @param message the path, the problem and the remedy
   * @param library the library file, or null if none was found
   * @param cause the cause, or null
   */
  public NativeLibraryException(String message, @Nullable Path library, @Nullable Throwable cause) {
    super(message, "load library", NO_CODE, cause);
    this.library = library;
  }

  /** Returns the library file, or null if none was found or after deserialization. */
  public @Nullable Path library() {
    return library;
  }
}
