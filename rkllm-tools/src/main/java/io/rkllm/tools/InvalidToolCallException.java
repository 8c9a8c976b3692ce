package io.rkllm.tools;

/** Thrown when a tool call is invalid. The message is suitable for the model. */
public final class InvalidToolCallException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean unknownTool;

  InvalidToolCallException(String message, boolean unknownTool) {
    super(message);
    this.unknownTool = unknownTool;
  }

  /**
   * Returns whether the tool set has no tool of that name. If false, the arguments violate the
   * tool's schema.
   */
  public boolean isUnknownTool() {
    return unknownTool;
  }
}
