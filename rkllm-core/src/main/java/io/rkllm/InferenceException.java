package io.rkllm;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a generation fails while it is waiting or running. The text generated before the
 * failure is available from {@link #partialText()}. The model remains usable unless the message
 * says otherwise.
 */
public class InferenceException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final String partialText;

  /** Creates an exception for {@code rkllm_run}. */
  public InferenceException(
      String message, int nativeCode, String partialText, @Nullable Throwable cause) {
    this(message, "rkllm_run", nativeCode, partialText, cause);
  }

  /**
   * Creates an exception.
   *
   * @param message what happened and what to do next
   * @param operation the C function that performed the run
   * @param nativeCode the return code of that function, or {@link #NO_CODE}
   * @param partialText the text generated before the failure, possibly empty
   * @param cause the cause, or null
   */
  public InferenceException(
      String message,
      String operation,
      int nativeCode,
      String partialText,
      @Nullable Throwable cause) {
    super(message, operation, nativeCode, cause);
    this.partialText = partialText;
  }

  /** Returns the text generated before the failure, possibly empty. */
  public final String partialText() {
    return partialText;
  }
}
