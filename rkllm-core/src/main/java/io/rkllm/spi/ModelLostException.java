package io.rkllm.spi;

import io.rkllm.RkllmException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link NativeModel} whose model is lost, such as with the process that it lived in.
 * The call that throws it has failed; a later call may find the model loaded again.
 *
 * @since 0.1.0
 */
public final class ModelLostException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final boolean permanent;

  /**
   * Creates an exception.
   *
   * @param message how the model was lost, and what to do
   * @param permanent whether the model is not loaded again, so that it has to be closed
   */
  public ModelLostException(String message, boolean permanent, @Nullable Throwable cause) {
    super(message, "model process", NO_CODE, cause);
    this.permanent = permanent;
  }

  /** Returns whether the model is not loaded again. */
  public boolean isPermanent() {
    return permanent;
  }
}
