package io.rkllm.host;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that a model lives in, which is replaced when it has ended.
 *
 * <pre>
 *             the process has ended, or was ended because it hung
 *          ┌──────────────────────────────────────────────────────┐
 *          │                                                      ▼
 *         Up ◀──── loaded again with what was attached, by ───── Down ────────▶ Lost
 *                  the next call that needs native code               too often
 * </pre>
 *
 * <p>Used by the model's thread, except where noted.
 */
final class ModelProcess {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final Duration SHORTEST_LOAD_TIMEOUT = Duration.ofSeconds(60);
  private static final int LOAD_TIMEOUT_FACTOR = 5;

  private final RemoteRuntime runtime;
  private final ModelConfig config;
  private final HostOptions options;
  private final Duration loadTimeout;
  private final Map<String, ToHost.Call> attached = new LinkedHashMap<>(); // in their order
  private final Deque<Long> restarts = new ArrayDeque<>(); // their times
  private volatile State state;

  private sealed interface State {}

  /** The model is loaded, unless the connection is down, which makes it {@link Down}. */
  private record Up(RemoteRuntime.Loaded loaded) implements State {}

  private record Down(RemoteRuntime.Loaded last, String reason) implements State {}

  private record Lost(RemoteRuntime.Loaded last, String reason) implements State {}

  ModelProcess(
      RemoteRuntime runtime, ModelConfig config, HostOptions options, RemoteRuntime.Loaded loaded) {
    this.runtime = runtime;
    this.config = config;
    this.options = options;
    this.loadTimeout =
        Objects.requireNonNullElseGet(
            options.reloadTimeout(), () -> defaultLoadTimeout(loaded.time()));
    this.state = new Up(loaded);
  }

  private static Duration defaultLoadTimeout(Duration first) {
    Duration timeout = first.multipliedBy(LOAD_TIMEOUT_FACTOR);
    return timeout.compareTo(SHORTEST_LOAD_TIMEOUT) > 0 ? timeout : SHORTEST_LOAD_TIMEOUT;
  }

  /** Returns the current or last connection. Any thread may call this. */
  Connection last() {
    return loaded().connection();
  }

  /** Returns what the host knows of the model. */
  FromHost.Loaded facts() {
    return loaded().facts();
  }

  private RemoteRuntime.Loaded loaded() {
    return switch (state) {
      case Up(RemoteRuntime.Loaded loaded) -> loaded;
      case Down(RemoteRuntime.Loaded last, String _) -> last;
      case Lost(RemoteRuntime.Loaded last, String _) -> last;
    };
  }

  /**
   * Returns the connection to the process, which is replaced if it has ended.
   *
   * @throws ModelLostException if it has ended too often, or the model cannot be loaded again
   */
  Connection connection() {
    switch (state) {
      case Up(RemoteRuntime.Loaded loaded) when loaded.connection().isUp() -> {}
      case Up(RemoteRuntime.Loaded loaded) ->
          restart(loaded, loaded.connection().down().getNow("its process has ended"));
      case Down(RemoteRuntime.Loaded last, String reason) -> restart(last, reason);
      case Lost(RemoteRuntime.Loaded _, String reason) ->
          throw new ModelLostException(reason, true, null);
    }
    return last();
  }

  private void restart(RemoteRuntime.Loaded last, String reason) {
    state = new Down(last, reason);
    long now = System.nanoTime();
    while (!restarts.isEmpty() && now - restarts.getFirst() > options.period().toNanos()) {
      restarts.removeFirst();
    }
    if (restarts.size() >= options.restarts()) {
      String lost =
          "the model was loaded again %d times within %s, and its process has ended once more (%s); the model is closed. Load it anew when the cause is removed."
              .formatted(restarts.size(), options.period(), reason);
      state = new Lost(last, lost);
      throw new ModelLostException(lost, true, null);
    }
    restarts.addLast(now);
    LOG.warn("{}: loading the model again, because {}", config.path().getFileName(), reason);
    RemoteRuntime.Loaded replacement = load(reason);
    try {
      attachAll(replacement.connection());
    } catch (Throwable thrown) {
      replacement.connection().close();
      throw thrown;
    }
    state = new Up(replacement);
    LOG.info(
        "{}: loaded again in {} ms", config.path().getFileName(), replacement.time().toMillis());
  }

  private RemoteRuntime.Loaded load(String reason) {
    try {
      return runtime.loadInto(config, loadTimeout);
    } catch (RkllmException e) {
      throw new ModelLostException(
          reason + "; and the model could not be loaded again: " + e.getMessage(), false, e);
    }
  }

  private void attachAll(Connection to) {
    attached.forEach(
        (what, call) -> {
          int code = call(to, call);
          if (code != 0) {
            throw new ModelLostException(
                "the model was loaded again, but its %s could not be set again (code %d)"
                    .formatted(what, code),
                false,
                null);
          }
        });
  }

  /** Makes a call that attaches something to the model, also to one that is loaded again. */
  int attach(String what, ToHost.Call call) {
    int code = call(call);
    if (code == 0) {
      detach(what);
      attached.put(what, call);
    }
    return code;
  }

  /** Forgets what was attached. */
  void detach(String what) {
    attached.remove(what);
  }

  /** Makes a call. If the process ended before, a new one is started. */
  int call(ToHost.Call call) {
    while (true) {
      Connection current = connection();
      try {
        return call(current, call);
      } catch (ModelLostException e) {
        if (!Connection.isUnsent(e)) {
          throw e;
        }
      }
    }
  }

  /** Makes a call if there is a process. Returns zero otherwise. */
  int callIfUp(ToHost.Call call) {
    return ifUp(current -> call(current, call), 0);
  }

  /** Returns what a call returns that uses the last connection, or another value if it is down. */
  <R> R ifUp(Function<Connection, R> call, R otherwise) {
    Connection current = last();
    if (!current.isUp()) {
      return otherwise;
    }
    try {
      return call.apply(current);
    } catch (ModelLostException e) {
      if (!Connection.isUnsent(e)) {
        throw e;
      }
      return otherwise;
    }
  }

  private int call(Connection to, ToHost.Call call) {
    return to.callUninterrupted(call, options.callTimeout(), FromHost.Returned.class).code();
  }
}
