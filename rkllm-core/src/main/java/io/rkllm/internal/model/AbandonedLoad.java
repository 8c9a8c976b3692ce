package io.rkllm.internal.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes the exceptions for a load that is given up before it has ended. */
final class AbandonedLoad {
  private AbandonedLoad() {}

  /**
   * Throws if the thread is interrupted, before anything is begun.
   *
   * @throws ModelLoadException in that case
   */
  static void refuseInterrupted(Path model) {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted(model, null);
    }
  }

  /** The thread was interrupted, and stays so. */
  static ModelLoadException interrupted(Path model, @Nullable Throwable cause) {
    Thread.currentThread().interrupt();
    return exception(model, "the thread was interrupted meanwhile", cause);
  }

  /** The time was over. */
  static ModelLoadException timedOut(Path model, @Nullable Duration atMost, Throwable cause) {
    return exception(
        model,
        "it took longer than the loadTimeout of "
            + atMost
            + ". Give it more time; if the library hangs, end the process",
        cause);
  }

  private static ModelLoadException exception(
      Path model, String finding, @Nullable Throwable cause) {
    return new ModelLoadException(
        "cannot load model " + model + ": " + finding, model, RkllmException.NO_CODE, cause);
  }
}
