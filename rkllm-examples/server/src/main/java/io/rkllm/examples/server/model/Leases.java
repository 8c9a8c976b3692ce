package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Leases the models of slots to requests. A slot is created by the first request for a model that
 * is not in memory, once the files of the model are settled. Thread-safe.
 */
final class Leases {
  private final Slots slots;
  private final DiskState disk;
  private final SlotLoader loader;
  private final SlotUnloader unloader;
  private final PoolMonitor monitor;
  private final Duration keepAlive;
  private volatile long changes; // of store and slots; written with the lock held
  private boolean closed; // guarded by the lock

  /**
   * Creates leases.
   *
   * @param keepAlive the keep-alive time of models for which no request sets one
   */
  Leases(
      Slots slots,
      DiskState disk,
      SlotLoader loader,
      SlotUnloader unloader,
      PoolMonitor monitor,
      Duration keepAlive) {
    this.slots = slots;
    this.disk = disk;
    this.loader = loader;
    this.unloader = unloader;
    this.monitor = monitor;
    this.keepAlive = keepAlive;
  }

  /** Records that the store has changed. Called with the lock held. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock is held
  void storeChanged() {
    changes++;
  }

  /** Ends the leasing of all models. Called with the lock held. */
  void close() {
    closed = true;
  }

  /** The state of the pool for a request. */
  private sealed interface Place {
    /** The slot whose model the request uses. */
    record Leased(Slot slot) implements Place {}

    /** The slot for whose end the request waits. */
    record Leaving(Slot slot) implements Place {}

    /** Files that may still be being written. */
    record Unsettled(Duration pause) implements Place {}
  }

  /**
   * Leases a model.
   *
   * @throws RuntimeException as {@link ModelPool#lease}
   */
  ModelLease lease(String name, @Nullable Duration ownKeepAlive, Duration atMost) {
    long begin = System.nanoTime();
    while (true) {
      switch (find(name, ownKeepAlive)) {
        case Place.Leased(Slot slot) -> {
          try {
            return lease(slot, name, begin, atMost);
          } catch (ModelLoadException e) {
            if (disk.read(name).isIn(slot)) {
              throw e;
            } // otherwise its files changed or were deleted during the load
          }
        }
        case Place.Leaving(Slot slot) -> {
          var _ = await(slot.gone, name, begin, atMost);
        }
        case Place.Unsettled(Duration pause) -> pause(pause, name, begin, atMost);
      }
    }
  }

  private ModelLease lease(Slot slot, String name, long begin, Duration atMost) {
    boolean given = false;
    try {
      ServedModel model = await(slot.loaded, name, begin, atMost);
      Duration loadTime = Duration.ofNanos(System.nanoTime() - begin);
      ModelLease lease = new ModelLease(model, loadTime, slot, this);
      given = true;
      return lease;
    } finally {
      if (!given) {
        release(slot);
      }
    }
  }

  /**
   * Finds or creates the slot for a request. The store is read outside the lock. The result is used
   * only if no model has begun to load and no model was created or deleted in the meantime;
   * otherwise a slot could be created for, or leased with, an old Modelfile.
   */
  private Place find(String name, @Nullable Duration ownKeepAlive) {
    while (true) {
      long seen = changes;
      DiskState.Found found = disk.read(name);
      Slot outdated = null;
      slots.lock.lock();
      try {
        if (closed) {
          throw new PoolClosedException();
        }
        if (seen != changes) {
          continue;
        }
        Slot slot = slots.get(found.stored().name());
        if (slot != null && slot.hangingLoad != null) {
          throw slot.hangingLoad;
        }
        if (slot == null || !found.isIn(slot)) {
          Duration pause = disk.untilSettled(found.stored().name(), found.files());
          if (pause.isPositive()) {
            return new Place.Unsettled(pause);
          }
        }
        if (slot == null) {
          slot = beginToLoad(found);
        } else if (!slot.leaving && !found.isIn(slot)) {
          slot.leave(); // changed manually, or by another process
          outdated = slot.claim() ? slot : null;
        }
        return slot.leaving ? new Place.Leaving(slot) : lease(slot, ownKeepAlive);
      } finally {
        slots.lock.unlock();
        if (outdated != null) {
          unloader.unloadLater(outdated);
        }
      }
    }
  }

  private static Place lease(Slot slot, @Nullable Duration ownKeepAlive) {
    Place place = new Place.Leased(slot); // first, since it may fail
    slot.cancelUnloading();
    if (ownKeepAlive != null) {
      slot.keepAlive = ownKeepAlive;
    }
    slot.leases++;
    return place;
  }

  /**
   * Creates a slot whose model is being loaded, or returns a slot that is being unloaded and whose
   * memory is needed. Called with the lock held. The model is loaded on a thread of its own, since
   * the request may be abandoned.
   */
  private Slot beginToLoad(DiskState.Found found) {
    if (monitor.needsRestart()) {
      throw new InsufficientCapacityException(
          "native code of several models has not returned, and their memory cannot be freed; the"
              + " server must be restarted");
    }
    Optional<List<Slot>> victims = slots.claimVictims(found.stored());
    if (victims.isEmpty()) {
      return slots.anyLeaving().orElseThrow(() -> slots.full(found.stored()));
    }
    Slot slot = new Slot(found.stored(), found.files(), keepAlive);
    loader.begin(slot, victims.get());
    storeChanged();
    monitor.start();
    return slot;
  }

  /** Ends a lease. */
  void release(Slot slot) {
    boolean claimed;
    slots.lock.lock();
    try {
      slot.leases--;
      slot.usedAt = Instant.now();
      claimed = slot.claim();
      if (slot.leases == 0) {
        unloader.schedule(slot);
      }
    } finally {
      slots.lock.unlock();
    }
    if (claimed) {
      unloader.unloadLater(slot);
    }
  }

  /** Ends the leasing of a slot whose model was closed by something else than the pool. */
  void discard(Slot slot) {
    slots.lock.lock();
    try {
      slot.leave();
    } finally {
      slots.lock.unlock();
    }
  }

  // ---- Waiting

  /**
   * Waits for a slot.
   *
   * @param begin the time at which the wait began, by System.nanoTime()
   * @throws ModelWaitException if the time has elapsed, or the thread is interrupted
   */
  static <T> T await(CompletableFuture<T> future, String model, long begin, Duration atMost) {
    try {
      return future.get(left(begin, atMost), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ModelWaitException.interrupted(model);
    } catch (TimeoutException e) {
      throw ModelWaitException.timedOut(model, atMost);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case null, default -> throw new CompletionException(e.getCause());
      }
    }
  }

  private static void pause(Duration pause, String model, long begin, Duration atMost) {
    long left = left(begin, atMost);
    try {
      TimeUnit.NANOSECONDS.sleep(Math.min(pause.toNanos(), left));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ModelWaitException.interrupted(model);
    }
    if (left <= pause.toNanos()) {
      throw ModelWaitException.timedOut(model, atMost);
    }
  }

  private static long left(long begin, Duration atMost) {
    return atMost.toNanos() - (System.nanoTime() - begin);
  }
}
