package io.rkllm.examples.server.model;

/** Thrown when a model cannot be loaded in addition to the models that are in use. */
public final class InsufficientCapacityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  InsufficientCapacityException(String message) {
    super(message);
  }
}
