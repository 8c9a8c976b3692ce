package io.rkllm.host;

import io.rkllm.ModelLoadException;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmException;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A library that is open in another process, and the way to get further such processes. */
final class RemoteRuntime implements InferenceRuntime {
  private final HostRuntime.Launcher launcher;
  private final HostOptions options;
  private final RuntimeOptions runtimeOptions;
  private final FromHost.Opened opened;

  /** The connection for the first model, until it is loaded. */
  private final AtomicReference<@Nullable Connection> unused = new AtomicReference<>();

  /**
   * @param atMost the longest time that opening the library may take, or null for no limit
   */
  RemoteRuntime(
      HostRuntime.Launcher launcher,
      HostOptions options,
      RuntimeOptions runtimeOptions,
      @Nullable Duration atMost) {
    this.launcher = launcher;
    this.options = options;
    this.runtimeOptions = runtimeOptions;
    this.opened = connect(atMost);
  }

  private FromHost.Opened connect(@Nullable Duration atMost) {
    Connection connection;
    try {
      connection = launcher.connect();
    } catch (IOException e) {
      throw new NativeLibraryException(
          "the host process could not be reached: " + e.getMessage(), null, e);
    }
    try {
      FromHost.Opened answer =
          connection.call(
              new ToHost.Open(Wire.VERSION, runtimeOptions), atMost, FromHost.Opened.class);
      unused.set(connection);
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NativeLibraryException(
          "opening the library in the host process was interrupted", runtimeOptions.library(), e);
    } catch (ModelLostException e) {
      throw new NativeLibraryException(
          "the host process ended while it opened the library: " + e.getMessage(),
          runtimeOptions.library(),
          e);
    } catch (Throwable thrown) {
      connection.close();
      throw thrown;
    }
  }

  @Override
  public RuntimeInfo info() {
    return opened.info();
  }

  @Override
  public Optional<Soc> requiredSoc() {
    return Optional.ofNullable(opened.requiredSoc());
  }

  /** Returns the SoC of the host's machine. */
  Optional<Soc> soc() {
    return Optional.ofNullable(opened.soc());
  }

  @Override
  public NativeModel load(ModelConfig config) {
    Loaded loaded = loadInto(config, null);
    return new RemoteModel(this, config, options, loaded);
  }

  /** A model, and the connection to the process that it was loaded in. */
  record Loaded(Connection connection, FromHost.Loaded facts, Duration time) {}

  /**
   * Loads a model into a process that has none yet, which is started if necessary.
   *
   * @param atMost the longest time that opening the library and loading may take each, or null for
   *     no limit
   * @throws ModelLoadException if that fails, in which case the process is ended
   */
  Loaded loadInto(ModelConfig config, @Nullable Duration atMost) {
    if (unused.get() == null) {
      FromHost.Opened _ = connect(atMost);
    }
    Connection connection = unused.getAndSet(null);
    if (connection == null) {
      throw new IllegalStateException("a runtime is used by one thread at a time");
    }
    long begin = System.nanoTime();
    try {
      FromHost.Loaded facts = connection.load(config, atMost);
      return new Loaded(connection, facts, Duration.ofNanos(System.nanoTime() - begin));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(config, "the thread was interrupted, and its process was ended", e);
    } catch (ModelLostException e) {
      throw failed(config, String.valueOf(e.getMessage()), e);
    } catch (Throwable thrown) {
      connection.close();
      throw thrown;
    }
  }

  private static ModelLoadException failed(ModelConfig config, String why, Exception cause) {
    return new ModelLoadException(
        "cannot load model " + config.path() + ": " + why,
        config.path(),
        RkllmException.NO_CODE,
        cause);
  }

  @Override
  public void release() {
    Connection connection = unused.getAndSet(null);
    if (connection != null) {
      connection.close();
    }
  }
}
