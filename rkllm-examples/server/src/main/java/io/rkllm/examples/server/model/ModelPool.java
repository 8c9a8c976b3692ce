package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelName;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models in memory. A model is loaded by the first request for it, shared by all that come
 * while it is there, and unloaded when nobody has asked for it for its keep-alive time, or when
 * another one needs the room and nobody uses it.
 *
 * <p>Thread-safe. Loading and unloading happen outside the lock: requests for other models go on.
 */
public final class ModelPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

  private final ModelStore store;
  private final ModelLoader loader;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rkllm-keep-alive").factory());

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Slot> slots = new HashMap<>(); // guarded by lock
  private boolean closed; // guarded by lock
  private final LongAdder loads = new LongAdder();
  private final LongAdder failedLoads = new LongAdder();

  /** A pool without models. */
  public ModelPool(ModelStore store, ModelLoader loader) {
    this.store = store;
    this.loader = loader;
  }

  /** The models on disk. */
  public ModelStore store() {
    return store;
  }

  /** Tokens of the context of models whose Modelfile says nothing. */
  public int defaultContextLength() {
    return loader.options().contextLength();
  }

  /** One model on its way in, in use, or on its way out. Its fields are guarded by the lock. */
  private static final class Slot {
    final StoredModel stored;
    final CompletableFuture<ServedModel> loaded = new CompletableFuture<>();
    final CompletableFuture<Void> gone = new CompletableFuture<>();
    Duration keepAlive;
    int leases;
    boolean leaving;
    Instant usedAt = Instant.now();
    @Nullable ScheduledFuture<?> unloading;

    Slot(StoredModel stored, Duration keepAlive) {
      this.stored = stored;
      this.keepAlive = keepAlive;
    }

    boolean isIdle() {
      return leases == 0 && !leaving && loaded.isDone();
    }
  }

  /**
   * Gives a model, loaded before if it is not there. Blocks while it is loaded.
   *
   * @param keepAlive how long it stays after this request; negative for ever, null for the usual
   *     time
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no such model
   * @throws NoRoomException if models that are in use leave no room for it
   * @throws io.rkllm.RkllmException if it cannot be loaded
   * @throws PoolClosedException if the pool is closed
   */
  public ModelLease lease(String name, @Nullable Duration keepAlive) {
    long begin = System.nanoTime();
    StoredModel stored = store.get(name);
    while (true) {
      Slot slot;
      boolean mine = false;
      boolean leaving;
      List<Slot> victims = List.of();
      lock.lock();
      try {
        if (closed) {
          throw new PoolClosedException();
        }
        slot = slots.get(stored.name());
        if (slot == null) {
          Optional<List<Slot>> room = makeRoom(stored);
          if (room.isPresent()) {
            victims = room.get();
            slot = new Slot(stored, loader.options().keepAlive());
            slots.put(stored.name(), slot);
            mine = true;
          } else {
            slot = leavingBefore(stored);
          }
        }
        leaving = slot.leaving;
        if (!leaving) {
          slot.leases++;
          cancelUnloading(slot);
          if (keepAlive != null) {
            slot.keepAlive = keepAlive;
          }
        }
      } finally {
        lock.unlock();
      }
      victims.forEach(this::unload);
      Slot leased = slot;
      if (mine) {
        // On a thread of its own: who waits may be interrupted, and others wait for it too.
        Thread.startVirtualThread(() -> load(leased));
      } else if (leaving) {
        slot.gone.join();
        continue;
      }
      ServedModel model = await(slot);
      Duration loadTime = Duration.ofNanos(System.nanoTime() - begin);
      return new ModelLease(model, loadTime, () -> giveBack(leased));
    }
  }

  private void load(Slot slot) {
    try {
      ServedModel model = loader.load(slot.stored);
      loads.increment();
      slot.loaded.complete(model);
    } catch (Throwable thrown) {
      lock.lock();
      try {
        slot.leaving = true;
        slots.remove(slot.stored.name());
      } finally {
        lock.unlock();
      }
      failedLoads.increment();
      slot.loaded.completeExceptionally(thrown);
      slot.gone.complete(null);
    }
  }

  private static ServedModel await(Slot slot) {
    try {
      return slot.loaded.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /**
   * Under the lock: which idle models go, least recently used first; empty if that is not enough.
   */
  private Optional<List<Slot>> makeRoom(StoredModel wanted) {
    List<Slot> idle =
        slots.values().stream()
            .filter(Slot::isIdle)
            .sorted(Comparator.comparing(slot -> slot.usedAt))
            .toList();
    List<Slot> victims = new ArrayList<>();
    long missing = Memory.missingFor(wanted.size());
    int tooMany = slots.size() + 1 - loader.options().maxModels();
    for (Slot slot : idle) {
      if (missing <= 0 && tooMany <= 0) {
        break;
      }
      slot.leaving = true;
      victims.add(slot);
      missing -= slot.stored.size();
      tooMany--;
    }
    if (tooMany > 0 || (missing > 0 && slots.size() > victims.size())) {
      victims.forEach(slot -> slot.leaving = false);
      return Optional.empty();
    }
    return Optional.of(victims);
  }

  /** Under the lock: a model to wait for, since it is on its way out already. */
  private Slot leavingBefore(StoredModel wanted) {
    return slots.values().stream()
        .filter(slot -> slot.leaving)
        .findFirst()
        .orElseThrow(
            () ->
                new NoRoomException(
                    "there is no room for "
                        + wanted.name()
                        + " beside the models that are in use; try again when they are idle"));
  }

  private void giveBack(Slot slot) {
    lock.lock();
    try {
      slot.leases--;
      slot.usedAt = Instant.now();
      if (slot.leases == 0) {
        scheduleUnloading(slot);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void scheduleUnloading(Slot slot) {
    cancelUnloading(slot);
    if (!slot.keepAlive.isNegative() && !closed) {
      slot.unloading =
          clock.schedule(() -> unloadApart(slot), slot.keepAlive.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** On the clock's thread: unloading takes its time. */
  private void unloadApart(Slot slot) {
    try {
      var _ = Thread.startVirtualThread(() -> unloadIfIdle(slot));
    } catch (Throwable thrown) { // nobody else would ever unload it
      LOG.error("{}: no thread could be made to unload it", slot.stored.name(), thrown);
      unloadIfIdle(slot);
    }
  }

  private static void cancelUnloading(Slot slot) {
    ScheduledFuture<?> unloading = slot.unloading;
    if (unloading != null) {
      unloading.cancel(false);
      slot.unloading = null;
    }
  }

  private void unloadIfIdle(Slot slot) {
    lock.lock();
    try {
      if (!slot.isIdle()) {
        return;
      }
      slot.leaving = true;
    } finally {
      lock.unlock();
    }
    unload(slot);
  }

  /** Unloads what is leaving. Blocks until it is gone. */
  private void unload(Slot slot) {
    try {
      await(slot).close();
      LOG.info("{}: unloaded", slot.stored.name());
    } catch (RuntimeException e) {
      LOG.warn("{}: could not be unloaded: {}", slot.stored.name(), e.getMessage());
    } catch (Error e) { // on a thread that has nobody to tell
      LOG.error("{}: could not be unloaded", slot.stored.name(), e);
    } finally {
      lock.lock();
      try {
        slots.remove(slot.stored.name(), slot);
      } finally {
        lock.unlock();
      }
      slot.gone.complete(null);
    }
  }

  /**
   * Unloads a model: now if nobody uses it, else when nobody does any more.
   *
   * @return whether it was loaded
   */
  public boolean unload(String name) {
    return unloadLoaded(store.get(name).name());
  }

  /** The same for a model that the store need not have. */
  private boolean unloadLoaded(String name) {
    Slot slot;
    lock.lock();
    try {
      slot = slots.get(name);
      if (slot == null) {
        return false;
      }
      slot.keepAlive = Duration.ZERO;
    } finally {
      lock.unlock();
    }
    unloadIfIdle(slot);
    return true;
  }

  /** How many models have been loaded so far. */
  public long loads() {
    return loads.sum();
  }

  /** How many could not be loaded. */
  public long failedLoads() {
    return failedLoads.sum();
  }

  /**
   * Makes a model of the store, as {@link ModelStore#create} does. One of that name that is in
   * memory is unloaded, so that its new settings count from the next request on.
   */
  public StoredModel create(String name, String modelfile) {
    StoredModel model = store.create(name, modelfile);
    unload(model.name());
    return model;
  }

  /**
   * Deletes a model from the store, as {@link ModelStore#delete} does, and from memory: now if
   * nobody uses it, else when nobody does any more.
   */
  public void delete(String name) {
    unloadLoaded(ModelName.plain(name));
    store.delete(name);
  }

  /** The models in memory, by name. */
  public List<LoadedModel> loaded() {
    lock.lock();
    try {
      return slots.values().stream()
          .filter(slot -> slot.loaded.isDone() && !slot.loaded.isCompletedExceptionally())
          .map(ModelPool::describe)
          .sorted(Comparator.comparing(model -> model.stored().name()))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  private static LoadedModel describe(Slot slot) {
    ServedModel model = slot.loaded.resultNow();
    Optional<Instant> unloadAt =
        slot.leases > 0 || slot.keepAlive.isNegative()
            ? Optional.empty()
            : Optional.of(slot.usedAt.plus(slot.keepAlive));
    return new LoadedModel(
        slot.stored,
        model.model().contextLength(),
        slot.leases,
        unloadAt,
        model.model().runtime().release());
  }

  /** Unloads all models; those in use end their generations. Blocks until they are gone. */
  @Override
  public void close() {
    List<Slot> all;
    List<Slot> staying;
    lock.lock();
    try {
      closed = true;
      all = List.copyOf(slots.values());
      staying = all.stream().filter(slot -> !slot.leaving).toList();
      staying.forEach(slot -> slot.leaving = true);
    } finally {
      lock.unlock();
    }
    clock.shutdownNow();
    staying.forEach(this::unload);
    all.forEach(slot -> slot.gone.join()); // others are unloaded by other threads
  }
}
