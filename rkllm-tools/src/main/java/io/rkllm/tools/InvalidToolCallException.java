package io.rkllm.tools;

/** A tool call that cannot be made. The message is fit to be given back to the model. */
public final class InvalidToolCallException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean unknownTool;

  InvalidToolCallException(String message, boolean unknownTool) {
    super(message);
    this.unknownTool = unknownTool;
  }

  /** Whether there is no tool of that name; otherwise the arguments do not fit its schema. */
  public boolean isUnknownTool() {
    return unknownTool;
  }
}
