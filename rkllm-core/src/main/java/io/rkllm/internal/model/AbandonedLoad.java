package io.rkllm.internal.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Creates the exceptions for a load that is abandoned before it has ended. */
final class AbandonedLoad {
  private AbandonedLoad() {}

  /**
   * Checks that the thread is not interrupted before anything is started.
   *
   * @throws ModelLoadException if the thread is interrupted
   */
  static void refuseInterrupted(Path model) {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted(model, null);
    }
  }

  /** Returns the exception for an interrupt, restoring the interrupt status. */
  static ModelLoadException interrupted(Path model, @Nullable Throwable cause) {
    Thread.currentThread().interrupt();
    return exception(model, "the thread was interrupted", cause);
  }

  /** Returns the exception for an expired timeout. */
  static ModelLoadException timedOut(Path model, @Nullable Duration atMost, Throwable cause) {
    return exception(
        model,
        "loading took longer than the loadTimeout of "
            + atMost
            + ". Increase the timeout; if the library hangs, restart the process",
        cause);
  }

  private static ModelLoadException exception(
      Path model, String finding, @Nullable Throwable cause) {
    return new ModelLoadException(
        "cannot load model " + model + ": " + finding, model, RkllmException.NO_CODE, cause);
  }
}
