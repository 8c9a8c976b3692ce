package io.rkllm.host;

import io.rkllm.ContextOverflowException;
import io.rkllm.ModelLoadException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An exception that is passed from one process to the other.
 *
 * @param kind the type to recreate
 * @param message its message
 * @param detail the operation or the path, depending on the kind
 * @param number the native code
 */
record Failure(Kind kind, String message, String detail, int number) {
  Failure {
    if (kind == Kind.LOAD || kind == Kind.LIBRARY) {
      Path _ = Path.of(detail); // throws an exception if it is not a path
    }
  }

  enum Kind {
    CONTEXT_OVERFLOW,
    LOAD,
    LIBRARY,
    RUNTIME,
    ILLEGAL_ARGUMENT,
    OUT_OF_MEMORY,
    OTHER
  }

  static Failure of(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    return switch (thrown) {
      case ContextOverflowException e ->
          new Failure(Kind.CONTEXT_OVERFLOW, message, e.operation(), e.nativeCode());
      case ModelLoadException e -> new Failure(Kind.LOAD, message, text(e.model()), e.nativeCode());
      case NativeLibraryException e -> new Failure(Kind.LIBRARY, message, text(e.library()), 0);
      case RkllmException e -> new Failure(Kind.RUNTIME, message, e.operation(), e.nativeCode());
      case IllegalArgumentException _ -> new Failure(Kind.ILLEGAL_ARGUMENT, message, "", 0);
      case IllegalStateException _ -> new Failure(Kind.OTHER, message, "", 0);
      case OutOfMemoryError _ ->
          new Failure(Kind.OUT_OF_MEMORY, "the host ran out of memory: " + message, "", 0);
      default -> new Failure(Kind.OTHER, thrown.toString(), "", 0);
    };
  }

  private static String text(@Nullable Path path) {
    return path == null ? "" : path.toString();
  }

  /** Returns an exception of the same type, thrown here. */
  RuntimeException toException() {
    return switch (kind) {
      case CONTEXT_OVERFLOW -> new ContextOverflowException(message, detail, number);
      case LOAD -> new ModelLoadException(message, Path.of(detail), number, null);
      case LIBRARY ->
          new NativeLibraryException(message, detail.isEmpty() ? null : Path.of(detail), null);
      case RUNTIME, OUT_OF_MEMORY -> new RkllmException(message, detail, number, null);
      case ILLEGAL_ARGUMENT -> new IllegalArgumentException(message);
      case OTHER -> new IllegalStateException(message);
    };
  }

  void put(FrameWriter out) {
    out.put(kind).put(message).put(detail).put(number);
  }

  static Failure take(FrameReader in) {
    return new Failure(in.takeEnum(Kind.class), in.takeString(), in.takeString(), in.takeInt());
  }
}
