package io.rkllm.examples.server.store;

/** There is no such model in the store. */
public final class UnknownModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String model;

  /** No model of this name. */
  public UnknownModelException(String model, String message) {
    super(message);
    this.model = model;
  }

  /** The name that was asked for. */
  public String model() {
    return model;
  }
}
