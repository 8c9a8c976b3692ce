package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A runtime whose models live in other processes. A crash or a hang there fails the generation in
 * progress; the process is then replaced, and the model is loaded again with everything that was
 * attached to it.
 *
 * <pre>{@code
 * RkllmModel.builder(path).isolated().load();                             // a child process
 * RkllmModel.builder(path).runtime(HostRuntime.at(socket)).load();        // a host on a board
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class HostRuntime implements RuntimeProvider {
  private final HostOptions options;
  private final Launcher launcher;

  /** Starts or finds a host. */
  @FunctionalInterface
  interface Launcher {
    Connection connect() throws IOException;
  }

  private HostRuntime(HostOptions options, Launcher launcher) {
    this.options = options;
    this.launcher = launcher;
  }

  /**
   * Returns a runtime that starts a child process for each model, with default options.
   *
   * @throws NativeLibraryException if there is no runtime on the class path or module path that a
   *     child could run
   */
  public static HostRuntime inChildProcess() {
    return builder().build();
  }

  /**
   * Returns a runtime that uses a host which listens on a Unix domain socket, such as one on a
   * board whose socket is forwarded by SSH. Paths of models, adapters and caches are those of the
   * host's machine.
   *
   * @param socket the socket's file on this machine
   */
  public static HostRuntime at(Path socket) {
    Objects.requireNonNull(socket, "socket must not be null");
    return new HostRuntime(HostOptions.DEFAULTS, () -> SocketPeer.connect(socket));
  }

  /** Returns a builder of a runtime that starts a child process for each model. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns {@code host}. */
  @Override
  public String name() {
    return "host";
  }

  @Override
  public InferenceRuntime open(RuntimeOptions runtime) {
    return new RemoteRuntime(launcher, options, runtime, null); // an interrupt ends it
  }

  @Override
  public DoctorReport diagnose(RuntimeOptions runtime) {
    Connection connection = null;
    try {
      connection = launcher.connect();
      return connection
          .callUninterrupted(
              new ToHost.Diagnose(runtime), options.callTimeout(), FromHost.Report.class)
          .report();
    } catch (IOException | NativeLibraryException | ModelLostException e) {
      var problem = new DoctorReport.Finding("host", DoctorReport.Status.PROBLEM, text(e));
      return new DoctorReport(List.of(problem), false);
    } finally {
      if (connection != null) {
        connection.close();
      }
    }
  }

  private static String text(Exception thrown) {
    return String.valueOf(thrown.getMessage());
  }

  /** Returns the SoC of the host's machine, for which a host is started. */
  @Override
  public Optional<Soc> soc() {
    RemoteRuntime opened =
        new RemoteRuntime(launcher, options, RuntimeOptions.defaults(), options.callTimeout());
    try {
      return opened.soc();
    } finally {
      opened.release();
    }
  }

  /** Ends this process; children end with it. */
  @Override
  public void exitProcess(int status) {
    Runtime.getRuntime().halt(status);
  }

  /** Builder of a {@link HostRuntime} that starts child processes. */
  public static final class Builder {
    private int restarts = HostOptions.DEFAULTS.restarts();
    private Duration period = HostOptions.DEFAULTS.period();
    private Duration stopGrace = HostOptions.DEFAULTS.stopGrace();
    private Duration callTimeout = HostOptions.DEFAULTS.callTimeout();
    private @Nullable Duration reloadTimeout;
    private boolean retryRuns = HostOptions.DEFAULTS.retryRuns();
    private String[] jvmOptions = {};

    private Builder() {}

    /**
     * Sets how often a model is loaded again within a period; 5 times in 10 minutes by default. If
     * its process ends more often, the model is closed.
     *
     * @throws IllegalArgumentException if the number is negative or the period is not positive
     */
    public Builder restarts(int restarts, Duration within) {
      if (restarts < 0 || !within.isPositive()) {
        throw new IllegalArgumentException(
            "restarts must not be negative and their period must be positive, were "
                + restarts
                + " within "
                + within);
      }
      this.restarts = restarts;
      this.period = within;
      return this;
    }

    /**
     * Sets how long a stopped run may take to return from native code, after which its process is
     * ended and replaced; 8 seconds by default. A prefill cannot be interrupted and counts.
     *
     * @throws IllegalArgumentException if the duration is not positive
     */
    public Builder stopGrace(Duration grace) {
      this.stopGrace = positive("stopGrace", grace);
      return this;
    }

    /**
     * Sets how long a native call other than a run or a load may take, such as loading an adapter,
     * after which the process is ended and replaced, and the call fails; 60 seconds by default.
     *
     * @throws IllegalArgumentException if the duration is not positive
     */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = positive("callTimeout", timeout);
      return this;
    }

    /**
     * Sets how long loading the model again may take, after which its process is ended; five times
     * as long as the first time by default, and at least 60 seconds. The first load is limited by
     * {@link io.rkllm.RkllmModel.Builder#loadTimeout}.
     *
     * @throws IllegalArgumentException if the duration is not positive
     */
    public Builder reloadTimeout(Duration timeout) {
      this.reloadTimeout = positive("reloadTimeout", timeout);
      return this;
    }

    /**
     * Sets whether a stand-alone run is repeated, once, if its process ends before the run has
     * produced anything; false by default. A prompt that makes native code crash then costs two
     * restarts. Runs of sessions whose history is in the process are not repeated.
     */
    public Builder retryRuns(boolean enable) {
      this.retryRuns = enable;
      return this;
    }

    /** Adds options of the child's JVM, such as {@code -Xmx512m}. */
    public Builder jvmOptions(String... options) {
      this.jvmOptions = options.clone();
      return this;
    }

    private static Duration positive(String name, Duration duration) {
      if (!duration.isPositive()) {
        throw new IllegalArgumentException(name + " must be positive, was " + duration);
      }
      return duration;
    }

    /**
     * Returns the runtime.
     *
     * @throws NativeLibraryException if there is none on the class path or module path that a child
     *     could run
     */
    public HostRuntime build() {
      HostOptions options =
          new HostOptions(restarts, period, stopGrace, callTimeout, reloadTimeout, retryRuns);
      ChildCommand command = ChildCommand.create(jvmOptions);
      return new HostRuntime(options, () -> ChildProcess.start(command));
    }
  }
}
