package io.rkllm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model could not be loaded. The message names the path, the native code and the likely causes.
 */
public final class ModelLoadException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path model;

  /**
   * @param message path, code and likely causes
   * @param model the model file
   * @param nativeCode what {@code rkllm_init} returned, or {@link #NO_CODE}
   * @param cause what led here, or null
   */
  public ModelLoadException(String message, Path model, int nativeCode, @Nullable Throwable cause) {
    super(message, "rkllm_init", nativeCode, cause);
    this.model = model;
  }

  /** The model file (null after serialization). */
  public @Nullable Path model() {
    return model;
  }
}
