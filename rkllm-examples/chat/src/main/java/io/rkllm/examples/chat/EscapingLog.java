package io.rkllm.examples.chat;

import java.io.PrintStream;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.simple.SimpleLogger;
import org.slf4j.simple.SimpleLoggerFactory;
import org.slf4j.simple.SimpleServiceProvider;

/**
 * The log of the programs, based on SLF4J's simple provider, in which each message takes one line.
 * Untrusted text, such as names in requests and files, could otherwise forge lines, or move the
 * cursor of a terminal on which the log is displayed. Messages of exceptions are escaped as well.
 */
public final class EscapingLog extends SimpleServiceProvider {
  private static final String PROVIDER = "slf4j.provider";

  /** The maximum length of a message, since a message may quote a whole request. */
  private static final int MAX_CHARS = 10_000;

  /**
   * Control characters, other line separators, and characters that are invisible or change the
   * direction of text.
   */
  private static final Pattern UNSAFE =
      Pattern.compile("[" + Terminal.UNSAFE_CHARACTERS + "&&[^\\t]]");

  private final ILoggerFactory factory = new Factory();

  /** Makes this the log of the process. Must be called before the first logger is created. */
  public static void install() {
    if (System.getProperty(PROVIDER) == null) {
      System.setProperty(PROVIDER, EscapingLog.class.getName());
      System.setProperty("slf4j.internal.verbosity", "WARN"); // no report of the chosen provider
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return factory;
  }

  private static final class Factory extends SimpleLoggerFactory {
    @Override
    protected Logger createLogger(String name) {
      return new EscapingLogger(name);
    }
  }

  private static final class EscapingLogger extends SimpleLogger {
    private static final long serialVersionUID = 1L;

    private EscapingLogger(String name) {
      super(name);
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      String message = escape(MessageFormatter.basicArrayFormat(pattern, arguments));
      super.handleNormalizedLoggingCall(level, marker, message, null, thrown);
    }

    @Override
    public void log(LoggingEvent event) {
      if (isLevelEnabled(event.getLevel().toInt())) {
        handleNormalizedLoggingCall(
            event.getLevel(),
            null,
            event.getMessage(),
            event.getArgumentArray(),
            event.getThrowable());
      }
    }

    @Override
    protected void writeThrowable(@Nullable Throwable thrown, PrintStream stream) {
      if (thrown != null) {
        stream.print(stackTrace(thrown));
      }
    }
  }

  /** Returns a text as a single line. */
  static String escape(@Nullable String text) {
    return UNSAFE
        .matcher(shorten(String.valueOf(text)))
        .replaceAll(
            match ->
                switch (match.group()) {
                  case "\n" -> "\\\\n";
                  case "\r" -> "\\\\r";
                  default -> "\\\\u%04x".formatted(match.group().codePointAt(0));
                });
  }

  private static String shorten(String text) {
    int excess = text.length() - MAX_CHARS;
    return excess <= 0
        ? text
        : "%s [and %d characters more]".formatted(text.substring(0, MAX_CHARS), excess);
  }

  /** Returns the stack trace, whose lines begin as usual regardless of the messages. */
  static String stackTrace(Throwable thrown) {
    StringBuilder lines = new StringBuilder();
    appendTrace(lines, "", thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
    return lines.toString();
  }

  private static void appendTrace(
      StringBuilder lines, String caption, Throwable thrown, Set<Throwable> seen) {
    lines.append(caption).append(escape(thrown.toString())).append('\n');
    if (!seen.add(thrown)) {
      return; // an exception may be its own cause
    }
    for (StackTraceElement frame : thrown.getStackTrace()) {
      lines.append("\tat ").append(frame).append('\n');
    }
    for (Throwable suppressed : thrown.getSuppressed()) {
      appendTrace(lines, "Suppressed: ", suppressed, seen);
    }
    Throwable cause = thrown.getCause();
    if (cause != null) {
      appendTrace(lines, "Caused by: ", cause, seen);
    }
  }
}
