package io.rkllm.tools.parser;

/** What is being read cannot be a tool call. Carries no stack: it is a finding, not a failure. */
final class BrokenCall extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** {@code reason}: in words fit for the model. */
  BrokenCall(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
