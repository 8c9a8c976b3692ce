package io.rkllm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a model cannot be loaded. The message contains the path, the native return code and
 * the likely causes.
 */
public final class ModelLoadException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path model;

  /**
   * Creates an exception.
   *
   * @param message the path, the return code and the likely causes
   * @param model the model file
   * @param nativeCode the return code of {@code rkllm_init}, or {@link #NO_CODE}
   * @param cause the cause, or null
   */
  public ModelLoadException(String message, Path model, int nativeCode, @Nullable Throwable cause) {
    super(message, "rkllm_init", nativeCode, cause);
    this.model = model;
  }

  /** Returns the model file, or null after deserialization. */
  public @Nullable Path model() {
    return model;
  }
}
