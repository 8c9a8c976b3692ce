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

/** What is said of an exception: a sentence, and never where it was thrown. */
public final class ErrorMessages {
  private ErrorMessages() {}

  /** The sentence. */
  public static String of(Throwable thrown) {
    return switch (thrown) {
      case NoSuchFileException e -> "there is no file " + e.getMessage();
      case AccessDeniedException e -> "there is no right to use " + e.getMessage();
      case UncheckedIOException e when e.getCause() instanceof AccessDeniedException denied ->
          of(denied);
      default -> {
        String message = thrown.getMessage();
        yield message == null || message.isBlank() ? thrown.toString() : message;
      }
    };
  }

  /** Whether it is one of those that are expected to happen, and say what to do. */
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
