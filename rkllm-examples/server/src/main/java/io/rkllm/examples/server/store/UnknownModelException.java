package io.rkllm.examples.server.store;

/** Thrown when the store has no model of the given name. */
public final class UnknownModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String model;

  /** Creates an exception for a name. */
  public UnknownModelException(String model, String message) {
    super(message);
    this.model = model;
  }

  /** Returns the name. */
  public String model() {
    return model;
  }
}
