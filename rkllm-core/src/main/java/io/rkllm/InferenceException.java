package io.rkllm;

import org.jspecify.annotations.Nullable;

/**
 * A generation failed while it waited or ran. What had been generated until then is in {@link
 * #partialText()}. The model stays usable unless the message says otherwise.
 */
public class InferenceException extends RkllmException {
  private static final long serialVersionUID = 1L;

  private final String partialText;

  /** Creates an exception about {@code rkllm_run}. */
  public InferenceException(
      String message, int nativeCode, String partialText, @Nullable Throwable cause) {
    this(message, "rkllm_run", nativeCode, partialText, cause);
  }

  /**
   * Creates an exception.
   *
   * @param message what was wrong and what to do next
   * @param operation the C function that made the run
   * @param nativeCode what it returned, or {@link #NO_CODE}
   * @param partialText the text generated before the failure, possibly empty
   * @param cause what led here, or null
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

  /** The text generated before the failure, possibly empty. */
  public final String partialText() {
    return partialText;
  }
}
