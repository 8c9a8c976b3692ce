package io.rkllm.examples.server.hub;

/** Thrown when a model cannot be pulled. */
public final class PullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with a message for the user: what is wrong and what to do. */
  public PullException(String message) {
    super(message);
  }
}
