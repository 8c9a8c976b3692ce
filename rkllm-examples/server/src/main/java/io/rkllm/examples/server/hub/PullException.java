package io.rkllm.examples.server.hub;

/** A model could not be fetched. */
public final class PullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** In words: what was wrong, and what to do next. */
  public PullException(String message) {
    super(message);
  }
}
