package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelName;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models in memory. A model is loaded by the first request for it and shared by all requests
 * that arrive while it is loaded. It is unloaded when it was not used for its keep-alive time, or
 * when it is idle and another model needs the memory. A model that does not respond, and an idle
 * model whose files have changed, are loaded again.
 *
 * <p>Thread-safe. Models are loaded and unloaded outside the lock, so that requests for other
 * models continue.
 */
public final class ModelPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

  /** The maximum time to wait for a model to be unloaded or loaded again. */
  static final Duration UNLOADING = Duration.ofSeconds(40);

  /** The time allowed for native code to return when the pool is closed. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final ModelStore store;
  private final ModelLoader loader;
  private final DiskState disk;
  private final Slots slots;
  private final SlotUnloader unloader;
  private final SlotLoader slotLoader;
  private final PoolMonitor monitor;
  private final Leases leases;

  /** Creates a pool without models. */
  @SuppressWarnings("this-escape") // the monitor calls back only once a model is loaded
  public ModelPool(ModelStore store, ModelLoader loader) {
    this.store = store;
    this.loader = loader;
    LoadOptions options = loader.options();
    disk = new DiskState(store, options);
    slots = new Slots(options.maxModels());
    unloader = new SlotUnloader(slots);
    slotLoader = new SlotLoader(slots, loader, unloader);
    monitor = new PoolMonitor(this, slots, disk, unloader, options.hangTimeout());
    leases = new Leases(slots, disk, slotLoader, unloader, monitor, options.keepAlive());
  }

  /** Returns the models on disk. */
  public ModelStore store() {
    return store;
  }

  /** Returns the context length, in tokens, of models whose Modelfile does not set one. */
  public int defaultContextLength() {
    return loader.options().contextLength();
  }

  /**
   * Leases a model, which is loaded first if it is not in memory. Blocks while it is loaded, while
   * a model whose memory it needs is unloaded, while its files are being written, and while
   * requests still use a model whose files have changed since. An interrupt ends the wait, but the
   * model continues to be loaded for others.
   *
   * @param keepAlive how long the model stays loaded after this lease; negative for forever, null
   *     for the default
   * @param atMost the maximum time to wait
   * @throws io.rkllm.examples.server.store.UnknownModelException if there is no such model
   * @throws InsufficientCapacityException if the models in use leave too little memory
   * @throws ModelWaitException if the time has elapsed, or the thread is interrupted
   * @throws io.rkllm.RkllmException if the model cannot be loaded, or not in time
   * @throws PoolClosedException if the pool is closed
   */
  public ModelLease lease(String name, @Nullable Duration keepAlive, Duration atMost) {
    return leases.lease(name, keepAlive, atMost);
  }

  // ---- Unloading and changes

  /**
   * Unloads a model: immediately if it is idle, and otherwise when it is no longer in use. If it is
   * idle, blocks until it is unloaded or the thread is interrupted.
   *
   * @return whether it was loaded
   */
  public boolean unload(String name) {
    String plain = store.get(name).name();
    Slot slot;
    slots.lock.lock();
    try {
      slot = slots.get(plain);
      if (slot == null) {
        return false;
      }
      slot.keepAlive = Duration.ZERO;
    } finally {
      slots.lock.unlock();
    }
    if (unloader.unloadIfIdle(slot)) {
      Leases.await(slot.gone, plain, System.nanoTime(), UNLOADING);
    }
    return true;
  }

  /**
   * Records that the files of a model have changed or were deleted. Subsequent requests do not use
   * a model that was loaded, or is being loaded, from the old files. Blocks as {@link #unload}
   * does.
   *
   * @param name the name in the store, without a tag
   */
  private void changed(String name) {
    Slot slot;
    boolean claimed;
    disk.written(name);
    slots.lock.lock();
    try {
      leases.storeChanged();
      slot = slots.get(name);
      if (slot == null) {
        return;
      }
      slot.leave();
      claimed = slot.claim();
    } finally {
      slots.lock.unlock();
    }
    if (claimed) {
      unloader.unloadLater(slot);
      Leases.await(slot.gone, name, System.nanoTime(), UNLOADING);
    }
  }

  /**
   * Creates a model in the store, as {@link ModelStore#create} does. Subsequent requests use the
   * new settings: a model of that name that is in memory, or being loaded, is unloaded once earlier
   * requests have been answered.
   */
  public StoredModel create(String name, String modelfile) {
    try {
      return store.create(name, modelfile, null, ConversationFormat::check);
    } finally {
      changed(ModelName.plain(name)); // files may have changed even if this failed
    }
  }

  /** Records that a model was pulled into the store. Subsequent requests use it. */
  public void pulled(StoredModel model) {
    changed(model.name());
  }

  /**
   * Deletes a model from the store, as {@link ModelStore#delete} does, and unloads it: immediately
   * if it is idle, and otherwise when it is no longer in use.
   */
  public void delete(String name) {
    String plain = store.find(name).orElse(ModelName.plain(name));
    changed(plain); // native code should not have the files open
    try {
      store.delete(plain);
    } finally {
      changed(plain); // it may have been loaded in the meantime
    }
  }

  // ---- State

  /** Returns the number of models that were loaded. */
  public long loads() {
    return slotLoader.loads();
  }

  /** Returns the number of models that could not be loaded. */
  public long failedLoads() {
    return slotLoader.failedLoads();
  }

  /** Returns the number of models that were loaded again because they did not respond. */
  public long replacements() {
    return monitor.replacements();
  }

  /** Returns the health of the pool. */
  public PoolHealth health() {
    slots.lock.lock();
    try {
      return new PoolHealth(
          slots.names(slot -> !slot.loaded.isDone()),
          slots.names(Slot::isUnresponsive),
          slots.names(slot -> slot.hangingLoad != null),
          unloader.abandoned(),
          monitor.needsRestart());
    } finally {
      slots.lock.unlock();
    }
  }

  /** Returns the number of models in memory. */
  public int size() {
    return inMemory().size();
  }

  /** Returns the number of requests that hold a lease on a model. */
  public int requests(String name) {
    slots.lock.lock();
    try {
      Slot slot = slots.get(name);
      return slot == null ? 0 : slot.leases;
    } finally {
      slots.lock.unlock();
    }
  }

  /**
   * Returns the models in memory that are available to requests, by name. A model whose files have
   * changed since it was loaded is not included, because the next request loads it again.
   */
  public List<LoadedModelInfo> loaded() {
    return inMemory().stream()
        .filter(slot -> Objects.equals(disk.files(slot.name()), slot.files))
        .map(this::describe)
        .sorted(Comparator.comparing(model -> model.stored().name()))
        .toList();
  }

  private List<Slot> inMemory() {
    slots.lock.lock();
    try {
      return slots.all().stream().filter(Slot::isLoaded).toList();
    } finally {
      slots.lock.unlock();
    }
  }

  private LoadedModelInfo describe(Slot slot) {
    ServedModel model = slot.loaded.resultNow();
    slots.lock.lock();
    try {
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
    } finally {
      slots.lock.unlock();
    }
  }

  /** Returns the number of timers that are set to unload models; for tests. */
  public int timers() {
    return unloader.timers();
  }

  /**
   * Unloads all models. Generations that are running end, and requests that wait for a model fail.
   * Blocks until the models are unloaded, for a limited time: if native code does not return, an
   * error is logged.
   */
  @Override
  public void close() {
    long begin = System.nanoTime();
    List<Slot> all;
    List<Slot> mine;
    slots.lock.lock();
    try {
      leases.close();
      all = List.copyOf(slots.all());
      all.forEach(Slot::leave);
      mine = all.stream().filter(slot -> slot.loaded.isDone() && !slot.claimed).toList();
      mine.forEach(slot -> slot.claimed = true);
      all.forEach(ModelPool::giveUpLoading);
    } finally {
      slots.lock.unlock();
    }
    unloader.close();
    mine.forEach(unloader::unloadLater);
    for (Slot slot : all) {
      try {
        Leases.await(slot.gone, slot.name(), begin, CLOSING);
      } catch (ModelWaitException _) {
        LOG.error("{}: is not unloaded, since native code does not return", slot.name());
      }
    }
  }

  /** Abandons a load in progress. Called with the lock held. */
  private static void giveUpLoading(Slot slot) {
    Thread loading = slot.loader;
    boolean isPending = slot.loaded.completeExceptionally(new PoolClosedException());
    if ((isPending || slot.hangingLoad != null) && loading != null) {
      loading.interrupt();
    }
  }
}
