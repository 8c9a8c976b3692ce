package io.rkllm.examples.server.model;

/** A model cannot be loaded because others that are in use leave no room. */
public final class InsufficientCapacityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  InsufficientCapacityException(String message) {
    super(message);
  }
}
