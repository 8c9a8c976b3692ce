package io.rkllm;

/**
 * Thrown when the prompt, together with the history before it, is longer than the model's context.
 * Nothing was generated. Shorten the prompt, start a new session, or load the model with a larger
 * context length.
 */
public final class ContextOverflowException extends InferenceException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception about {@code rkllm_run}.
   *
   * @param message what happened and what to do next
   * @param nativeCode the return code of {@code rkllm_run}
   */
  public ContextOverflowException(String message, int nativeCode) {
    super(message, nativeCode, "", null);
  }

  /**
   * Creates an exception.
   *
   * @param message what happened and what to do next
   * @param operation the C function that performed the run
   * @param nativeCode the return code of the function, or {@link #NO_CODE} if it was not called
   */
  public ContextOverflowException(String message, String operation, int nativeCode) {
    super(message, operation, nativeCode, "", null);
  }
}
