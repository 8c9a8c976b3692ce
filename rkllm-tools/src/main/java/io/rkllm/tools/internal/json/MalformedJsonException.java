package io.rkllm.tools.internal.json;

/**
 * What is read is not JSON, and cannot be mended. Carries no stack: it is a finding, not a failure.
 */
public final class MalformedJsonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** {@code reason}: in words fit for the model. */
  public MalformedJsonException(String reason) {
    super(reason, null, false, false);
  }

  /** What is wrong, in words fit for the model. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
