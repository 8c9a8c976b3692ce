package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.examples.server.store.StoredModel;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A model of the pool that is being loaded, is in memory, or is being unloaded. The fields that
 * change are guarded by the pool's lock; the futures are completed outside of it or under it, and
 * waited for outside of it only.
 */
final class Slot {
  final StoredModel stored;

  /** The model; fails if it cannot be loaded, or if the pool is closed meanwhile. */
  final CompletableFuture<ServedModel> loaded = new CompletableFuture<>();

  /** Completed when the slot is free again: the model is unloaded, or could not be loaded. */
  final CompletableFuture<Void> gone = new CompletableFuture<>();

  Duration keepAlive;
  int leases;
  boolean leaving; // no lease is added any more
  boolean claimed; // one thread unloads it, or has found that it cannot be loaded
  Instant usedAt = Instant.now();
  @Nullable ScheduledFuture<?> unloading;
  @Nullable ScheduledFuture<?> loadTimeout; // while it loads
  @Nullable Thread loader; // while it loads
  @Nullable ModelLoadException abandoned; // why its load was given up, while that has not returned

  Slot(StoredModel stored, Duration keepAlive) {
    this.stored = stored;
    this.keepAlive = keepAlive;
  }

  boolean isIdle() {
    return leases == 0 && !leaving && loaded.isDone();
  }

  /**
   * No request joins it any more; those that have it keep it. Its timer does not hold it either.
   */
  void leave() {
    leaving = true;
    cancelUnloading();
  }

  /** Whether the caller is the one to unload it, since it is leaving and nobody uses it. */
  boolean claim() {
    if (claimed || !leaving || leases > 0 || !loaded.isDone()) {
      return false;
    }
    claimed = true;
    return true;
  }

  void cancelUnloading() {
    ScheduledFuture<?> timer = unloading;
    if (timer != null) {
      timer.cancel(false);
      unloading = null;
    }
  }
}
