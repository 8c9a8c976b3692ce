package io.rkllm.stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** Describes exceptions of user code, whose own methods may throw. */
public final class Thrown {
  private Thrown() {}

  /**
   * Returns the description of an exception, or the name of its class if its description cannot be
   * obtained.
   */
  public static String describe(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "something";
    }
    try {
      return thrown.toString();
    } catch (Throwable _) {
      return thrown.getClass().getName();
    }
  }

  /** Returns the message of an exception, or null if it has none or cannot be asked for it. */
  public static @Nullable String message(Throwable thrown) {
    try {
      return thrown.getMessage();
    } catch (Throwable _) {
      return null;
    }
  }

  /**
   * Logs an exception as a warning, with as much of its stack trace as can be logged. Never throws.
   */
  @SuppressWarnings("exports") // a caller that has a logger also reads its module
  public static void warn(Logger log, String message, Throwable thrown) {
    log(log, Level.WARN, message, thrown);
  }

  /** Logs an exception as an error; otherwise as {@link #warn}. */
  @SuppressWarnings("exports")
  public static void error(Logger log, String message, Throwable thrown) {
    log(log, Level.ERROR, message, thrown);
  }

  private static void log(Logger log, Level level, String message, Throwable thrown) {
    try {
      log.atLevel(level).setCause(thrown).log(message);
    } catch (Throwable _) {
      logWithoutTrace(log, level, message, thrown);
    }
  }

  private static void logWithoutTrace(Logger log, Level level, String message, Throwable thrown) {
    try {
      log.atLevel(level).log("{}: {}", message, describe(thrown));
    } catch (Throwable _) {
      // the heap may be full, or the logging framework broken
    }
  }
}
