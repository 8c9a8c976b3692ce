package io.rkllm.examples.server.model;

/** No model is given any more, since the server is stopping. */
public final class PoolClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  PoolClosedException() {
    super("the server is stopping");
  }
}
