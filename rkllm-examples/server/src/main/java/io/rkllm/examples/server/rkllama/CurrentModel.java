package io.rkllm.examples.server.rkllama;

import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelName;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The model that was loaded last. It stays in memory until another one is, or it is unloaded; one
 * that had to make room for other clients' models is loaded anew when it is asked.
 *
 * <p>Thread-safe.
 */
final class CurrentModel {
  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private final Supplier<ModelPool> pool;
  private final ReentrantLock lock = new ReentrantLock(); // one change after the other
  private volatile @Nullable String name; // written under lock

  CurrentModel(Supplier<ModelPool> pool) {
    this.pool = pool;
  }

  /** What it is called; empty if there is none. */
  Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /** Loads a model, and lets go of the one before. Blocks until it is there. */
  void load(String wanted) {
    lock.lock();
    try {
      String plain = pool.get().store().get(wanted).name();
      String before = name;
      pool.get().lease(plain, FOR_EVER).close();
      name = plain;
      if (before != null && !before.equals(plain)) {
        letGo(before);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Unloads it, when nobody uses it any more, and gives its name; empty if there is none. */
  Optional<String> unload() {
    lock.lock();
    try {
      Optional<String> before = name();
      before.ifPresent(this::letGo);
      name = null;
      return before;
    } finally {
      lock.unlock();
    }
  }

  /** A model is gone; if it was the current one, there is none. */
  void forget(String gone) {
    lock.lock();
    try {
      if (ModelName.plain(gone).equals(name)) {
        name = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private void letGo(String before) {
    if (pool.get().loaded().stream().anyMatch(model -> model.stored().name().equals(before))) {
      pool.get().unload(before);
    }
  }
}
