package io.rkllm;

/**
 * Thrown by every use of a model that is closed or being closed, and when a model is closed before
 * a generation has ended. Only the use of another closed object, such as a session or a paused
 * generation, throws {@link IllegalStateException}.
 *
 * <p>Readers of the tokens and of the text get this exception because the answer is incomplete; in
 * a {@link GenerationResult}, {@link FinishReason#MODEL_CLOSED} indicates this. A generation that
 * has not started has no result and fails with this exception.
 */
public final class ModelClosedException extends InferenceException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param message what happened
   * @param partialText the text generated before the model was closed, possibly empty
   */
  public ModelClosedException(String message, String partialText) {
    super(message, "generate", NO_CODE, partialText, null);
  }
}
