package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.examples.server.store.ModelName;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.io.UncheckedIOException;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
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

  /** How long who has a model unloaded waits for it; longer than the SDK waits for native code. */
  private static final Duration UNLOADING = Duration.ofSeconds(40);

  /** How long native code may take when the pool is closed. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final ModelStore store;
  private final ModelLoader loader;
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("rkllm-keep-alive").factory());

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Slot> slots = new HashMap<>(); // guarded by lock
  private final AtomicLong changes = new AtomicLong(); // of the store and of slots; under lock
  private boolean closed; // guarded by lock
  private final LongAdder loads = new LongAdder();
  private final LongAdder failedLoads = new LongAdder();

  /** A pool without models. */
  public ModelPool(ModelStore store, ModelLoader loader) {
    this.store = store;
    this.loader = loader;
    clock.setRemoveOnCancelPolicy(true); // else a timer holds its model for the keep-alive time
  }

  /** The models on disk. */
  public ModelStore store() {
    return store;
  }

  /** Tokens of the context of models whose Modelfile says nothing. */
  public int defaultContextLength() {
    return loader.options().contextLength();
  }

  /**
   * Gives a model, loaded before if it is not there. Blocks while it is loaded, while one that
   * makes room is unloaded, and while requests still use one whose files have changed since. An
   * interrupt ends the wait; the load goes on for others.
   *
   * @param keepAlive how long it stays after this request; negative for ever, null for the usual
   *     time
   * @param atMost how long to wait
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no such model
   * @throws InsufficientCapacityException if models that are in use leave no room for it
   * @throws ModelWaitException if the time is over, or the thread is interrupted
   * @throws RkllmException if it cannot be loaded, or not in time
   * @throws PoolClosedException if the pool is closed
   */
  public ModelLease lease(String name, @Nullable Duration keepAlive, Duration atMost) {
    long begin = System.nanoTime();
    while (true) {
      Place place = find(name, keepAlive);
      Slot slot = place.slot();
      if (!place.leased()) {
        await(slot.gone, name, begin, atMost);
        continue;
      }
      boolean given = false;
      try {
        ServedModel model = await(slot.loaded, name, begin, atMost);
        Duration loadTime = Duration.ofNanos(System.nanoTime() - begin);
        ModelLease lease = new ModelLease(model, loadTime, () -> giveBack(slot));
        given = true;
        return lease;
      } finally {
        if (!given) {
          giveBack(slot);
        }
      }
    }
  }

  /** Where a request gets its model: from a slot, or when that has gone. */
  private record Place(Slot slot, boolean leased) {}

  /**
   * What the store says is read outside the lock. It counts only if nothing has begun to load and
   * nothing was created or deleted meanwhile: else a slot could be made, or taken, by an old
   * Modelfile.
   */
  private Place find(String name, @Nullable Duration keepAlive) {
    while (true) {
      long seen = changes.get();
      StoredModel stored = read(name);
      Slot outdated = null;
      lock.lock();
      try {
        if (closed) {
          throw new PoolClosedException();
        }
        if (seen != changes.get()) {
          continue;
        }
        Slot slot = slots.get(stored.name());
        if (slot != null && slot.abandoned != null) {
          throw slot.abandoned;
        } else if (slot == null) {
          slot = beginToLoad(stored);
        } else if (!slot.leaving && !slot.stored.equals(stored)) {
          slot.leave(); // changed by hand, or by another process
          outdated = slot.claim() ? slot : null;
        }
        if (slot.leaving) {
          return new Place(slot, false);
        }
        slot.cancelUnloading();
        if (keepAlive != null) {
          slot.keepAlive = keepAlive;
        }
        Place place = new Place(slot, true);
        slot.leases++;
        return place;
      } finally {
        lock.unlock();
        if (outdated != null) {
          unloadApart(outdated);
        }
      }
    }
  }

  /** An interrupted thread cannot read files. */
  private StoredModel read(String name) {
    try {
      return store.get(name);
    } catch (UncheckedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw ModelWaitException.interrupted(name);
      }
      throw e;
    }
  }

  /**
   * Under the lock: a slot whose model is loaded from now on, on a thread of its own, since who
   * waits may leave; where there is no room, one that is leaving.
   */
  private Slot beginToLoad(StoredModel stored) {
    Slot slot = new Slot(stored, loader.options().keepAlive());
    List<Slot> victims = makeRoom(stored).orElse(null);
    if (victims == null) {
      return leavingBefore(stored);
    }
    try {
      slots.put(stored.name(), slot);
      slot.loader = Thread.startVirtualThread(() -> load(slot, victims));
    } catch (Throwable thrown) { // no thread could be made: nobody would complete the slot
      slots.remove(stored.name());
      victims.forEach(this::keep);
      throw thrown;
    }
    changes.incrementAndGet();
    return slot;
  }

  private void load(Slot slot, List<Slot> victims) {
    try {
      victims.forEach(this::unload);
      limitLoading(slot);
      ServedModel model = loader.load(slot.stored);
      hasLoaded(slot);
      keepOrClose(slot, model);
    } catch (Throwable thrown) {
      hasLoaded(slot);
      lock.lock();
      try {
        slot.leave();
        slot.claimed = true;
      } finally {
        lock.unlock();
      }
      try {
        if (!slot.loaded.isDone()) {
          failedLoads.increment();
        }
      } finally {
        vanish(slot);
        slot.loaded.completeExceptionally(thrown);
      }
    }
  }

  /** The thread is interrupted for this slot no longer, nor held by it with all that it had. */
  private void hasLoaded(Slot slot) {
    lock.lock();
    try {
      slot.loader = null;
      if (slot.loadTimeout != null) {
        slot.loadTimeout.cancel(false);
      }
    } finally {
      lock.unlock();
    }
  }

  private void limitLoading(Slot slot) {
    lock.lock();
    try {
      if (!closed) {
        long timeout = loader.options().loadTimeout().toNanos();
        slot.loadTimeout = clock.schedule(() -> abandonLoad(slot), timeout, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets go those who wait for a load that takes too long. Native code cannot be stopped, so the
   * slot and the thread stay until it returns: it counts as a model until then, since its memory is
   * in use.
   */
  private void abandonLoad(Slot slot) {
    ModelLoadException timeout =
        new ModelLoadException(
            "the runtime has not loaded the model %s within %d s, so that was given up. Its memory stays in use until the runtime returns; if it hangs, restart the server. For large models on slow storage, start the server with a longer --load-timeout."
                .formatted(slot.stored.name(), loader.options().loadTimeout().toSeconds()),
            slot.stored.file(),
            RkllmException.NO_CODE,
            null);
    lock.lock();
    try {
      if (slot.loader == null || slot.loaded.isDone()) {
        return;
      }
      slot.leave();
      slot.claimed = true;
      slot.abandoned = timeout;
      slot.loaded.completeExceptionally(timeout);
    } finally {
      lock.unlock();
    }
    failedLoads.increment();
    LOG.error("{}", timeout.getMessage());
  }

  /** A model is there. Those who asked for it may have left, and the pool may have been closed. */
  private void keepOrClose(Slot slot, ServedModel model) {
    loads.increment();
    boolean wanted;
    boolean claimed;
    lock.lock();
    try {
      wanted = slot.loaded.complete(model);
      claimed = wanted && slot.claim();
      if (slot.leases == 0) {
        scheduleUnloading(slot);
      }
    } finally {
      lock.unlock();
    }
    if (!wanted) {
      try (model) {
        LOG.info("{}: loaded too late", slot.stored.name());
      } finally {
        vanish(slot);
      }
    } else if (claimed) {
      unload(slot);
    }
  }

  private static <T> T await(
      CompletableFuture<T> future, String model, long begin, Duration atMost) {
    try {
      long left = atMost.toNanos() - (System.nanoTime() - begin);
      return future.get(left, TimeUnit.NANOSECONDS);
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
      slot.leave();
      slot.claimed = true;
      victims.add(slot);
      missing -= slot.stored.size();
      tooMany--;
    }
    if (tooMany > 0 || (missing > 0 && slots.size() > victims.size())) {
      victims.forEach(this::keep);
      return Optional.empty();
    }
    return Optional.of(victims);
  }

  /** Under the lock: one that was to make room stays after all. */
  private void keep(Slot slot) {
    slot.leaving = false;
    slot.claimed = false;
    scheduleUnloading(slot);
  }

  /** Under the lock: a model to wait for, since it is on its way out already. */
  private Slot leavingBefore(StoredModel wanted) {
    return slots.values().stream()
        .filter(slot -> slot.leaving && slot.abandoned == null)
        .findFirst()
        .orElseThrow(
            () ->
                new InsufficientCapacityException(
                    "there is no room for "
                        + wanted.name()
                        + " beside the models that are in use; try again when they are idle"));
  }

  private void giveBack(Slot slot) {
    boolean claimed;
    lock.lock();
    try {
      slot.leases--;
      slot.usedAt = Instant.now();
      claimed = slot.claim();
      if (slot.leases == 0) {
        scheduleUnloading(slot);
      }
    } finally {
      lock.unlock();
    }
    if (claimed) {
      unloadApart(slot);
    }
  }

  /** Under the lock: from when it is idle on. */
  private void scheduleUnloading(Slot slot) {
    slot.cancelUnloading();
    if (slot.isIdle() && !slot.keepAlive.isNegative() && !closed) {
      try {
        slot.unloading =
            clock.schedule(
                () -> unloadIfIdle(slot), slot.keepAlive.toMillis(), TimeUnit.MILLISECONDS);
      } catch (OutOfMemoryError e) { // no thread can be made for the clock
        LOG.error("{}: stays loaded until it is used again", slot.stored.name(), e);
      }
    }
  }

  private boolean unloadIfIdle(Slot slot) {
    lock.lock();
    try {
      if (!slot.isIdle()) {
        return false;
      }
      slot.leave();
      slot.claimed = true;
    } finally {
      lock.unlock();
    }
    unloadApart(slot);
    return true;
  }

  /** Unloading takes its time: neither the clock nor a request waits for it here. */
  private void unloadApart(Slot slot) {
    try {
      Thread.startVirtualThread(() -> unload(slot));
    } catch (Throwable thrown) { // nobody else would ever unload it
      LOG.error("{}: no thread could be made to unload it", slot.stored.name(), thrown);
      unload(slot);
    }
  }

  /** Unloads what the caller has claimed. Blocks until it is gone. */
  private void unload(Slot slot) {
    try {
      slot.loaded.resultNow().close();
      LOG.info("{}: unloaded", slot.stored.name());
    } catch (RuntimeException e) {
      LOG.warn("{}: could not be unloaded: {}", slot.stored.name(), e.getMessage());
    } catch (Error e) { // on a thread that has nobody to tell
      LOG.error("{}: could not be unloaded", slot.stored.name(), e);
    } finally {
      vanish(slot);
    }
  }

  private void vanish(Slot slot) {
    lock.lock();
    try {
      slots.remove(slot.stored.name(), slot);
    } finally {
      lock.unlock();
    }
    slot.gone.complete(null);
  }

  /**
   * Unloads a model: now if nobody uses it, else when nobody does any more. Blocks until it is gone
   * in the first case, or the thread is interrupted.
   *
   * @return whether it was loaded
   */
  public boolean unload(String name) {
    String plain = store.get(name).name();
    Slot slot;
    lock.lock();
    try {
      slot = slots.get(plain);
      if (slot == null) {
        return false;
      }
      slot.keepAlive = Duration.ZERO;
    } finally {
      lock.unlock();
    }
    if (unloadIfIdle(slot)) {
      await(slot.gone, plain, System.nanoTime(), UNLOADING);
    }
    return true;
  }

  /**
   * The files of a model have changed, or are gone: requests from now on do not get what was
   * loaded, or is being loaded, from those before. Blocks as {@link #unload} does.
   *
   * @param name as the store has it, without a tag
   */
  private void changed(String name) {
    Slot slot;
    boolean claimed;
    lock.lock();
    try {
      changes.incrementAndGet();
      slot = slots.get(name);
      if (slot == null) {
        return;
      }
      slot.leave();
      claimed = slot.claim();
    } finally {
      lock.unlock();
    }
    if (claimed) {
      unloadApart(slot);
      await(slot.gone, name, System.nanoTime(), UNLOADING);
    }
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
   * Makes a model of the store, as {@link ModelStore#create} does. Requests from then on get its
   * new settings: one of that name that is in memory, or on its way there, is unloaded when those
   * that have asked before are answered.
   */
  public StoredModel create(String name, String modelfile) {
    try {
      return store.create(name, modelfile);
    } finally {
      changed(ModelName.plain(name)); // perhaps also where it failed
    }
  }

  /** A model was fetched into the store, which counts for requests from now on. */
  public void pulled(StoredModel model) {
    changed(model.name());
  }

  /**
   * Deletes a model from the store, as {@link ModelStore#delete} does, and from memory: now if
   * nobody uses it, else when nobody does any more.
   */
  public void delete(String name) {
    String plain = store.find(name).orElse(ModelName.plain(name));
    changed(plain); // native code should not have its files open
    try {
      store.delete(plain);
    } finally {
      changed(plain); // asked for meanwhile
    }
  }

  /** The models in memory, by name. */
  public List<LoadedModelInfo> loaded() {
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

  private static LoadedModelInfo describe(Slot slot) {
    ServedModel model = slot.loaded.resultNow();
    Optional<Instant> unloadAt =
        slot.leases > 0 || slot.keepAlive.isNegative()
            ? Optional.empty()
            : Optional.of(slot.usedAt.plus(slot.keepAlive));
    return new LoadedModelInfo(
        slot.stored,
        model.model().contextLength(),
        slot.leases,
        unloadAt,
        model.model().runtime().release());
  }

  /** How many timers wait to unload a model; for tests. */
  int timers() {
    return clock.getQueue().size();
  }

  /**
   * Unloads all models; those in use end their generations, and who waits for one is refused.
   * Blocks until they are gone, but not for long: where native code does not come back, an error is
   * logged.
   */
  @Override
  public void close() {
    long begin = System.nanoTime();
    List<Slot> all;
    List<Slot> mine;
    lock.lock();
    try {
      closed = true;
      all = List.copyOf(slots.values());
      all.forEach(Slot::leave);
      mine = all.stream().filter(slot -> slot.loaded.isDone() && !slot.claimed).toList();
      mine.forEach(slot -> slot.claimed = true);
      all.forEach(ModelPool::giveUpLoading);
    } finally {
      lock.unlock();
    }
    clock.shutdownNow();
    mine.forEach(this::unloadApart);
    for (Slot slot : all) {
      try {
        await(slot.gone, slot.stored.name(), begin, CLOSING);
      } catch (ModelWaitException _) {
        LOG.error("{}: is left behind, native code does not come back", slot.stored.name());
      }
    }
  }

  /** Under the lock. */
  private static void giveUpLoading(Slot slot) {
    Thread loading = slot.loader;
    boolean isPending = slot.loaded.completeExceptionally(new PoolClosedException());
    if ((isPending || slot.abandoned != null) && loading != null) {
      loading.interrupt();
    }
  }
}
