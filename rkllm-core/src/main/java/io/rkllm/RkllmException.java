package io.rkllm;

import org.jspecify.annotations.Nullable;

/**
 * The runtime or the model said no.
 *
 * <p>Every message says what was wrong, the value, and what to do next. Where a C function of
 * {@code librkllmrt} was involved, {@link #operation()} names it and {@link #nativeCode()} holds
 * what it returned.
 *
 * <p>Bad arguments throw {@link IllegalArgumentException} and use of something closed throws {@link
 * IllegalStateException}; neither is a subclass of this one.
 */
public class RkllmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The value of {@link #nativeCode()} when no C function returned one. */
  public static final int NO_CODE = 0;

  private final String operation;
  private final int nativeCode;

  /**
   * @param message what was wrong, the value, and what to do next
   * @param operation the C function or the step that failed, such as {@code rkllm_run}
   * @param nativeCode what the C function returned, or {@link #NO_CODE}
   * @param cause what led here, or null
   */
  public RkllmException(
      String message, String operation, int nativeCode, @Nullable Throwable cause) {
    super(message, cause);
    this.operation = operation;
    this.nativeCode = nativeCode;
  }

  /** The C function or the step that failed, such as {@code rkllm_run}. */
  public String operation() {
    return operation;
  }

  /** What the C function returned, or {@link #NO_CODE} when none was reached. */
  public int nativeCode() {
    return nativeCode;
  }
}
