package io.rkllm.stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Describes exceptions that user code threw, which may themselves throw when asked what they are.
 */
public final class Thrown {
  private Thrown() {}

  /** Returns the description of an exception, or at least the name of its class. */
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

  /** Returns the message of an exception; null if it has none or throws when asked for it. */
  public static @Nullable String message(Throwable thrown) {
    try {
      return thrown.getMessage();
    } catch (Throwable _) {
      return null;
    }
  }

  /** Logs an exception with its stack trace, or as much of it as can be logged. Throws nothing. */
  @SuppressWarnings("exports") // whoever has a logger reads its module
  public static void warn(Logger log, String words, Throwable thrown) {
    try {
      log.warn(words, thrown);
    } catch (Throwable _) {
      warnWithoutTrace(log, words, thrown);
    }
  }

  private static void warnWithoutTrace(Logger log, String words, Throwable thrown) {
    try {
      log.warn("{}: {}", words, describe(thrown));
    } catch (Throwable _) {
      // the heap may be full, or the log broken
    }
  }
}
