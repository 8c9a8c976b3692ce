package io.rkllm.examples.server.chat;

/** Thrown when a model was closed before the answer had ended. */
public final class ModelClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ModelClosedException() {
    super("the model was closed while it answered; the answer was cut off");
  }
}
