package io.rkllm.tools;

/** A tool call that cannot be made. The message is fit to be given back to the model. */
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
