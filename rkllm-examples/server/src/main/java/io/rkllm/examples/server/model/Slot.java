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
 * A model of the pool that is being loaded, is in memory, or is being unloaded. The mutable fields
 * are guarded by the lock of {@link Slots}. The futures may be completed with the lock held, but
 * must not be awaited while holding it.
 */
final class Slot {
  final StoredModel stored;

  /** The state of the files before the model was loaded from them. */
  final ModelFiles files;

  /**
   * The model. Completes exceptionally if the model cannot be loaded, or if the pool is closed in
   * the meantime.
   */
  final CompletableFuture<ServedModel> loaded = new CompletableFuture<>();

  /**
   * Completes when the slot is free: the model was unloaded or abandoned, or could not be loaded.
   */
  final CompletableFuture<Void> gone = new CompletableFuture<>();

  Duration keepAlive;
  int leases;
  boolean leaving; // no more leases are given
  boolean claimed; // a thread is unloading it, or has found that it cannot be loaded
  Instant usedAt = Instant.now();
  @Nullable ScheduledFuture<?> unloading;
  @Nullable ScheduledFuture<?> loadTimeout; // while loading
  @Nullable Thread loader; // while loading
  long unresponsiveSince; // by System.nanoTime(); 0 while the model responds
  volatile boolean replaced; // its model was abandoned because it did not respond
  @Nullable ModelLoadException
      hangingLoad; // the reason why its load was abandoned; null once it returns

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

  /** Returns whether native code has not returned from a stopped run of the model. */
  boolean isUnresponsive() {
    return isLoaded() && loaded.resultNow().isUnresponsive();
  }

  /** Ends the leasing of this slot. Existing leases stay valid. */
  void leave() {
    leaving = true;
    cancelUnloading();
  }

  /** Returns whether the caller has to unload the model, because it is leaving and not in use. */
  boolean claim() {
    if (claimed || !leaving || leases > 0 || !loaded.isDone()) {
      return false;
    }
    claimed = true;
    return true;
  }

  /** Ends the leasing of this slot, and claims it for the caller even if it is in use. */
  void claimNow() {
    leave();
    claimed = true;
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
