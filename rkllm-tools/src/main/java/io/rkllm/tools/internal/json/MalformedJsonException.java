package io.rkllm.tools.internal.json;

/**
 * Thrown when text is not JSON and cannot be repaired. Has no stack trace, since malformed input is
 * expected.
 */
public final class MalformedJsonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** {@code reason}: an error message suitable for the model. */
  public MalformedJsonException(String reason) {
    super(reason, null, false, false);
  }

  /** Returns the reason, as an error message suitable for the model. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
