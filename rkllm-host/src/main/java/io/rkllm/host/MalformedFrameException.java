package io.rkllm.host;

/** Thrown when the other process sends something that is not a frame of this protocol. */
final class MalformedFrameException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedFrameException(String message) {
    super(message);
  }
}
