package io.rkllm.examples.server.model;

import java.time.Duration;

/**
 * Thrown when the wait for a model ends early because the time has elapsed or the thread was
 * interrupted.
 */
public final class ModelWaitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean timedOut;

  private ModelWaitException(String message, boolean timedOut) {
    super(message);
    this.timedOut = timedOut;
  }

  static ModelWaitException timedOut(String model, Duration atMost) {
    return new ModelWaitException(
        "the model "
            + model
            + " was not available within "
            + atMost.toSeconds()
            + " s: it, or a model whose memory it needs, is still being loaded or unloaded, or is"
            + " in use with settings that have changed; try again later, or start the server with a"
            + " longer --timeout",
        true);
  }

  static ModelWaitException interrupted(String model) {
    return new ModelWaitException(
        "the wait for the model " + model + " was interrupted; loading continues", false);
  }

  /**
   * Returns whether the time has elapsed. Otherwise the thread was interrupted, and its interrupt
   * status is set.
   */
  public boolean timedOut() {
    return timedOut;
  }
}
