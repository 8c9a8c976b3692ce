package io.rkllm.examples.server.cli;

import io.rkllm.RkllmException;
import io.rkllm.examples.server.chat.PromptTooLongException;
import io.rkllm.examples.server.hub.PullException;
import io.rkllm.examples.server.model.InsufficientCapacityException;
import io.rkllm.examples.server.store.UnknownModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Messages for exceptions that end a command. */
public final class ErrorMessages {
  private ErrorMessages() {}

  /** Returns the message for an exception. */
  public static String of(Throwable thrown) {
    return switch (thrown) {
      case NoSuchFileException e -> "there is no file " + e.getMessage();
      case AccessDeniedException e -> "permission denied: " + e.getMessage();
      default -> {
        String message = thrown.getMessage();
        yield message == null || message.isBlank() ? thrown.toString() : message;
      }
    };
  }

  /** Returns whether an exception is expected, and its message therefore says what to do. */
  public static boolean isExpected(Throwable thrown) {
    return switch (thrown) {
      case RkllmException _,
          PromptTooLongException _,
          PullException _,
          InsufficientCapacityException _,
          UnknownModelException _,
          UsageException _,
          IllegalArgumentException _,
          UnsupportedOperationException _,
          UncheckedIOException _,
          IOException _ ->
          true;
      default -> false;
    };
  }
}
