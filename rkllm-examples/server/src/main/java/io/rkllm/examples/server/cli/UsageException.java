package io.rkllm.examples.server.cli;

/** Thrown when the arguments of the command line are inconsistent. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
