package io.rkllm.examples.server.rkllama;

import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.model.ModelPool;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Supplier;

/**
 * The models that clients have loaded, the last of which is the current one. They stay in memory
 * until they are unloaded; a model that was unloaded to free memory for others is loaded again by
 * the next request for it.
 *
 * <p>Thread-safe. No client is blocked while another one loads a model.
 */
final class CurrentModels {
  private static final Duration FOREVER = Duration.ofSeconds(-1);

  private final Supplier<Engine> engine;
  private final SequencedSet<String> names = new LinkedHashSet<>(); // guarded by this

  CurrentModels(Supplier<Engine> engine) {
    this.engine = engine;
  }

  /** Returns the name of the current model; empty if there is none. */
  synchronized Optional<String> current() {
    forgetDeleted();
    return names.isEmpty() ? Optional.empty() : Optional.of(names.getLast());
  }

  /** Loads a model and makes it the current one. Blocks until it is loaded. */
  void load(String name) {
    String stored = pool().store().get(name).name();
    engine.get().load(stored, FOREVER);
    synchronized (this) {
      forgetDeleted();
      names.addLast(stored);
    }
  }

  /** Forgets the models that were deleted, in whatever way. */
  private void forgetDeleted() {
    names.removeIf(name -> !pool().store().contains(name));
  }

  /**
   * Unloads a model once no request uses it any more.
   *
   * @return whether it was loaded
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no such model
   */
  boolean unload(String name) {
    String stored = pool().store().get(name).name();
    boolean wasLoaded;
    synchronized (this) {
      wasLoaded = names.remove(stored);
    }
    return pool().unload(stored) || wasLoaded;
  }

  /** Unloads all models, including those of other clients, once no request uses them any more. */
  void unloadAll() {
    synchronized (this) {
      names.clear();
    }
    pool().loaded().forEach(model -> pool().unload(model.stored().name()));
  }

  private ModelPool pool() {
    return engine.get().pool();
  }
}
