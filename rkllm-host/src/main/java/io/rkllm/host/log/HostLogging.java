package io.rkllm.host.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The log of a child process: sends each line to the application, where it is logged under the same
 * name. Lines before the connection go to standard error.
 */
public final class HostLogging implements SLF4JServiceProvider {
  private static volatile Sink sink = (logger, level, text) -> System.err.println(text);

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter context = new BasicMDCAdapter();

  /** Receives lines of the log. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Receives a line.
     *
     * @param level one of the levels of SLF4J
     */
    void accept(String logger, int level, String text);
  }

  /** Creates a provider; for SLF4J. */
  public HostLogging() {}

  /** Sends the lines to the given connection from now on. */
  public static void sendTo(Sink connection) {
    sink = connection;
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return SentLogger::new;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return context;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  /** A logger that sends lines from INFO on. */
  private static final class SentLogger extends AbstractLogger {
    private static final long serialVersionUID = 1L;

    SentLogger(String name) {
      this.name = name;
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        @Nullable String pattern,
        @Nullable Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      String text = MessageFormatter.basicArrayFormat(pattern, arguments);
      sink.accept(getName(), level.toInt(), thrown == null ? text : text + ": " + thrown);
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
      return true;
    }
  }
}
