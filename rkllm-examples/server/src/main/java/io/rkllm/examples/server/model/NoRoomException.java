package io.rkllm.examples.server.model;

/** A model cannot be loaded because others that are in use leave no room. */
public final class NoRoomException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoRoomException(String message) {
    super(message);
  }
}
