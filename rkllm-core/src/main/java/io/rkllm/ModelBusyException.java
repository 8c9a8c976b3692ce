package io.rkllm;

/**
 * Thrown when the model's queue is full. Nothing was started. Try again later, or load the model
 * with a larger queue.
 */
public final class ModelBusyException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final int queueCapacity;

  /**
   * Creates an exception.
   *
   * @param message what happened and what to do next
   * @param queueCapacity the number of generations that may wait
   */
  public ModelBusyException(String message, int queueCapacity) {
    super(message, "generate", NO_CODE, null);
    this.queueCapacity = queueCapacity;
  }

  /** Returns the number of generations that may wait for the model. */
  public int queueCapacity() {
    return queueCapacity;
  }
}
