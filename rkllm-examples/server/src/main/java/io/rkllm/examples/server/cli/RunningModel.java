package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.model.ServedModel;
import io.rkllm.examples.server.store.FileSize;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.time.Duration;
import java.util.List;

/** A model that is loaded in this process, as the server loads it, until it is closed. */
final class RunningModel implements AutoCloseable {
  private static final Duration FOREVER = Duration.ofDays(1); // until Ctrl-C

  private final ModelPool pool;
  private final ModelLease lease;

  private RunningModel(ModelPool pool, ModelLease lease) {
    this.pool = pool;
    this.lease = lease;
  }

  /** Loads a model, displaying a status line on a terminal. Blocks until the model is ready. */
  static RunningModel load(StoredModel stored, LoadOptions options, Terminal terminal) {
    ModelStore store = new ModelStore(stored.folder(), List.of(stored));
    ModelPool pool = new ModelPool(store, new ModelLoader(options));
    try (StatusLine _ = StatusLine.show(terminal, seconds -> loading(stored, seconds))) {
      return new RunningModel(pool, pool.lease(stored.name(), null, FOREVER));
    } catch (Throwable thrown) {
      pool.close();
      throw thrown;
    }
  }

  private static String loading(StoredModel stored, long seconds) {
    return "Loading %s (%s): %d s"
        .formatted(stored.name(), FileSize.format(stored.size()), seconds);
  }

  ServedModel served() {
    return lease.model();
  }

  String name() {
    return lease.model().name();
  }

  /** Returns an engine that answers with this model. */
  Engine engine() {
    return new Engine(pool, FOREVER);
  }

  @Override
  public void close() {
    lease.close();
    pool.close();
  }
}
