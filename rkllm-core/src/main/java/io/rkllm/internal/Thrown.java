package io.rkllm.internal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What is told of exceptions that others threw: one may itself throw when asked what it is. */
public final class Thrown {
  private Thrown() {}

  /** Returns what it is, at least the name of its class. */
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

  /** Returns its message, or null if it has none that can be had. */
  public static @Nullable String message(Throwable thrown) {
    try {
      return thrown.getMessage();
    } catch (Throwable _) {
      return null;
    }
  }

  /** Logs it with its stack trace, or as much of it as can be logged. Throws nothing. */
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
