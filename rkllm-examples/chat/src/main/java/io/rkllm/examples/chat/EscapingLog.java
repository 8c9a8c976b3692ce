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
 * The log of the programs: SLF4J's simple one, in which each message takes one line. What comes
 * from outside, such as names in requests and files, could otherwise forge lines, or move the
 * cursor of whoever reads them. Messages of exceptions are escaped likewise.
 */
public final class EscapingLog extends SimpleServiceProvider {
  private static final String PROVIDER = "slf4j.provider";

  /** Characters of a message: one that quotes a request could be as long as that. */
  private static final int MAX_CHARS = 10_000;

  /** Control characters, other ends of lines, and what is invisible or turns a text around. */
  private static final Pattern UNSAFE =
      Pattern.compile("[" + Terminal.UNSAFE_CHARACTERS + "&&[^\\t]]");

  private final ILoggerFactory factory = new Factory();

  /** Makes this the log of the process; call it before the first logger is made. */
  public static void install() {
    if (System.getProperty(PROVIDER) == null) {
      System.setProperty(PROVIDER, EscapingLog.class.getName());
      System.setProperty("slf4j.internal.verbosity", "WARN"); // else it tells which one it takes
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

  /** The text in one line. */
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

  /** The stack trace, in lines that begin as usual whatever the messages are. */
  static String stackTrace(Throwable thrown) {
    StringBuilder lines = new StringBuilder();
    appendTrace(lines, "", thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
    return lines.toString();
  }

  private static void appendTrace(
      StringBuilder lines, String caption, Throwable thrown, Set<Throwable> seen) {
    lines.append(caption).append(escape(thrown.toString())).append('\n');
    if (!seen.add(thrown)) {
      return; // it is its own cause
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
