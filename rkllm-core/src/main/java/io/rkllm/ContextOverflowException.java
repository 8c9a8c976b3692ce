package io.rkllm;

/**
 * The prompt, with the history before it, is longer than the model's context. Nothing was
 * generated. Shorten the prompt, start a new session, or load the model with a larger context
 * length.
 */
public final class ContextOverflowException extends InferenceException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was wrong and what to do next
   * @param nativeCode what {@code rkllm_run} returned
   */
  public ContextOverflowException(String message, int nativeCode) {
    super(message, nativeCode, "", null);
  }
}
