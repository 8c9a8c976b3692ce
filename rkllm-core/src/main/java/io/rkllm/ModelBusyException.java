package io.rkllm;

/**
 * The model's queue is full; nothing was started. Try again later, or load the model with a larger
 * queue.
 */
public final class ModelBusyException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final int queueCapacity;

  /**
   * @param message what was wrong and what to do next
   * @param queueCapacity how many generations may wait
   */
  public ModelBusyException(String message, int queueCapacity) {
    super(message, "generate", NO_CODE, null);
    this.queueCapacity = queueCapacity;
  }

  /** How many generations may wait for the model. */
  public int queueCapacity() {
    return queueCapacity;
  }
}
