package io.rkllm.examples.server.model;

/** Thrown when a model is requested while the server is stopping. */
public final class PoolClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  PoolClosedException() {
    super("the server is stopping");
  }
}
