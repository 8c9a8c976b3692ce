package io.rkllm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * {@code librkllmrt.so} was not found, cannot be opened on this machine, or is of a release that
 * this SDK does not know how to call. The message names the path, the finding and the remedy.
 * Thrown before anything in the file is executed, where that is possible.
 */
public final class NativeLibraryException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path library;

  /**
   * @param message path, finding and remedy
   * @param library the file in question, or null when none was found
   * @param cause what led here, or null
   */
  public NativeLibraryException(String message, @Nullable Path library, @Nullable Throwable cause) {
    super(message, "load library", NO_CODE, cause);
    this.library = library;
  }

  /** The file in question, or null when none was found (or after serialization). */
  public @Nullable Path library() {
    return library;
  }
}
