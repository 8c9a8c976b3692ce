package io.rkllm.examples.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** Thrown when the store cannot be read or written. The message is a sentence for the operator. */
public final class StoreException extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  private final boolean full;

  /**
   * Creates an exception.
   *
   * @param what the operation that failed, such as {@code cannot create m in /models}
   */
  public StoreException(String what, IOException cause) {
    super(what + ": " + reason(cause), cause);
    full = isFull(cause);
  }

  /** Returns whether the disk or the user's quota is full. */
  public boolean isFull() {
    return full;
  }

  /** Recognizes the operating system's message, since Java has no exception type for it. */
  public static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }

  /** Returns a description of the cause of a failure. */
  public static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (isFull(e)) {
      return "the disk is full; free some space, and try again";
    }
    if (message.contains("Read-only file system")) {
      return "the file system is read-only";
    }
    if (e instanceof AccessDeniedException denied) {
      return "permission denied for " + denied.getFile();
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getFile() + ": " + file.getReason();
    }
    return e.getMessage() == null ? e.toString() : e.getClass().getSimpleName() + ": " + message;
  }
}
