package io.rkllm.examples.server.cli;

/** The command line asks for what makes no sense. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
