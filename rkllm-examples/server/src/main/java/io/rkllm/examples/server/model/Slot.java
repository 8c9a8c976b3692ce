package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.StoredModel;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A model of the pool that is being loaded, is in memory, or is being unloaded. The fields that
 * change are guarded by the lock of {@link Slots}. The futures may be completed under it, but are
 * awaited outside of it only.
 */
final class Slot {
  final StoredModel stored;

  /** The files as they were before the model was loaded from them. */
  final ModelFiles files;

  /** The model; fails if it cannot be loaded, or if the pool is closed meanwhile. */
  final CompletableFuture<ServedModel> loaded = new CompletableFuture<>();

  /** Completed when the slot is free: the model is unloaded, given up, or could not be loaded. */
  final CompletableFuture<Void> gone = new CompletableFuture<>();

  Duration keepAlive;
  int leases;
  boolean leaving; // it gets no more leases
  boolean claimed; // one thread unloads it, or has found that it cannot be loaded
  Instant usedAt = Instant.now();
  @Nullable ScheduledFuture<?> unloading;
  @Nullable ScheduledFuture<?> loadTimeout; // while it loads
  @Nullable Thread loader; // while it loads
  @Nullable ModelFiles seen; // what the files were found changed to, by the last check
  long unresponsiveSince; // by System.nanoTime(); 0 while the model responds
  volatile boolean replaced; // its model was given up, since it did not respond
  @Nullable ModelLoadException abandoned; // why its load was given up, while that has not returned

  Slot(StoredModel stored, ModelFiles files, Duration keepAlive) {
    this.stored = stored;
    this.files = files;
    this.keepAlive = keepAlive;
  }

  String name() {
    return stored.name();
  }

  boolean isLoaded() {
    return loaded.isDone() && !loaded.isCompletedExceptionally();
  }

  boolean isIdle() {
    return leases == 0 && !leaving && loaded.isDone();
  }

  /** Ends the leasing of this slot. Leases that were given stay valid. */
  void leave() {
    leaving = true;
    cancelUnloading();
  }

  /** Returns whether the caller has to unload the model, since it is leaving and not in use. */
  boolean claim() {
    if (claimed || !leaving || leases > 0 || !loaded.isDone()) {
      return false;
    }
    claimed = true;
    return true;
  }

  /** Cancels the timer, which would otherwise keep the slot reachable. */
  void cancelUnloading() {
    ScheduledFuture<?> timer = unloading;
    if (timer != null) {
      timer.cancel(false);
      unloading = null;
    }
  }
}
