package io.rkllm;

import java.time.Duration;

/**
 * A generation did not end within the time its caller allowed, waiting in the queue included; its
 * run was stopped.
 */
public final class InferenceTimeoutException extends InferenceException {
  private static final long serialVersionUID = 1L;

  private final Duration timeout;

  /**
   * Creates an exception.
   *
   * @param message what was wrong and what to do next
   * @param operation the C function that made the run
   * @param timeout the time that was allowed
   * @param partialText the text generated before the time was over, possibly empty
   */
  public InferenceTimeoutException(
      String message, String operation, Duration timeout, String partialText) {
    super(message, operation, NO_CODE, partialText, null);
    this.timeout = timeout;
  }

  /** The time that was allowed. */
  public Duration timeout() {
    return timeout;
  }
}
