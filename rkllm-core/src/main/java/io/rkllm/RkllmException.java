package io.rkllm;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the runtime or the model rejects an operation or fails to complete it.
 *
 * <p>Every message says what happened, with which value, and what to do next. If a C function of
 * {@code librkllmrt} was involved, {@link #operation()} is its name and {@link #nativeCode()} its
 * return code.
 *
 * <p>Invalid arguments cause an {@link IllegalArgumentException}, and use of a closed object other
 * than a model causes an {@link IllegalStateException}; neither is a subclass of this class.
 */
public class RkllmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The value of {@link #nativeCode()} if no C function returned a code. */
  public static final int NO_CODE = 0;

  private final String operation;
  private final int nativeCode;

  /**
   * Creates an exception.
   *
   * @param message what happened, with which value, and what to do next
   * @param operation the C function or the step that failed, such as {@code rkllm_run}
   * @param nativeCode the return code of the C function, or {@link #NO_CODE}
   * @param cause the cause, or null
   */
  public RkllmException(
      String message, String operation, int nativeCode, @Nullable Throwable cause) {
    super(message, cause);
    this.operation = operation;
    this.nativeCode = nativeCode;
  }

  /** Returns the C function or the step that failed, such as {@code rkllm_run}. */
  public String operation() {
    return operation;
  }

  /** Returns the return code of the C function, or {@link #NO_CODE} if none was called. */
  public int nativeCode() {
    return nativeCode;
  }
}
