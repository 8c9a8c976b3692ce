package io.rkllm;

/**
 * Thrown when a model is closed before a generation has ended. Readers of the tokens and of the
 * text are told by it that the answer is not complete; a {@link GenerationResult} says so by {@link
 * FinishReason#MODEL_CLOSED}. A generation that had not begun has no result and fails with it.
 */
public final class ModelClosedException extends InferenceException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param message what was wrong
   * @param partialText the text generated before the model was closed, possibly empty
   */
  public ModelClosedException(String message, String partialText) {
    super(message, "generate", NO_CODE, partialText, null);
  }
}
