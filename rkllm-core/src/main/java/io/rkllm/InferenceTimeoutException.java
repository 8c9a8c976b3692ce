package io.rkllm;

import java.time.Duration;

/**
 * Thrown when a generation does not end within its timeout, which includes the time in the queue.
 * Its run was stopped.
 */
public final class InferenceTimeoutException extends InferenceException {
  private static final long serialVersionUID = 1L;

  private final Duration timeout;

  /**
   * Creates an exception.
   *
   * @param message what happened and what to do next
   * @param operation the C function that performed the run
   * @param timeout the timeout that expired
   * @param partialText the text generated before the timeout, possibly empty
   */
  public InferenceTimeoutException(
      String message, String operation, Duration timeout, String partialText) {
    super(message, operation, NO_CODE, partialText, null);
    this.timeout = timeout;
  }

  /** Returns the timeout that expired. */
  public Duration timeout() {
    return timeout;
  }
}
