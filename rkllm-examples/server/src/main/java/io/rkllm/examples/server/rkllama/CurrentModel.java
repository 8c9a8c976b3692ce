package io.rkllm.examples.server.rkllama;

import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelName;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The model that was loaded last. It stays in memory until another one is, or it is unloaded; one
 * that had to make room for other clients' models is loaded anew when it is asked.
 *
 * <p>Thread-safe. Nobody waits for what another client loads: of two that load at once, the later
 * one counts.
 */
final class CurrentModel {
  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private final Supplier<Engine> engine;
  private final AtomicReference<@Nullable String> name = new AtomicReference<>();

  CurrentModel(Supplier<Engine> engine) {
    this.engine = engine;
  }

  /** What it is called; empty if there is none. */
  Optional<String> name() {
    return Optional.ofNullable(name.get());
  }

  /** Loads a model, and lets go of the one before. Blocks until it is there. */
  void load(String wanted) {
    String plain = pool().store().get(wanted).name();
    engine.get().load(plain, FOR_EVER);
    String before = name.getAndSet(plain);
    if (before != null && !before.equals(plain)) {
      letGo(before);
    }
  }

  /** Unloads it, when nobody uses it any more, and gives its name; empty if there is none. */
  Optional<String> unload() {
    Optional<String> before = Optional.ofNullable(name.getAndSet(null));
    before.ifPresent(this::letGo);
    return before;
  }

  /** A model is gone; if it was the current one, there is none. */
  void forget(String gone) {
    String plain = ModelName.plain(gone);
    name.updateAndGet(current -> plain.equals(current) ? null : current);
  }

  private ModelPool pool() {
    return engine.get().pool();
  }

  private void letGo(String before) {
    if (pool().loaded().stream().anyMatch(model -> model.stored().name().equals(before))) {
      pool().unload(before);
    }
  }
}
