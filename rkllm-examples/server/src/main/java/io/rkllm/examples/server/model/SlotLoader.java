package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the models of slots, each on a separate thread and outside the lock. Limits the time of a
 * load by itself rather than by {@link io.rkllm.RkllmModel.Builder#loadTimeout}, which does not
 * report when native code has returned: until then the slot counts as a model, because its memory
 * is in use. Thread-safe.
 */
final class SlotLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

  private final Slots slots;
  private final ModelLoader loader;
  private final SlotUnloader unloader;
  private final LongAdder loads = new LongAdder();
  private final LongAdder failedLoads = new LongAdder();

  SlotLoader(Slots slots, ModelLoader loader, SlotUnloader unloader) {
    this.slots = slots;
    this.loader = loader;
    this.unloader = unloader;
  }

  long loads() {
    return loads.sum();
  }

  long failedLoads() {
    return failedLoads.sum();
  }

  /**
   * Begins to load a model. Called with the lock held.
   *
   * @param victims claimed slots to unload first
   */
  void begin(Slot slot, List<Slot> victims) {
    try {
      slots.put(slot);
      slot.loader = Thread.startVirtualThread(() -> load(slot, victims));
    } catch (Throwable thrown) { // no thread could be created: nothing would complete the slot
      slots.remove(slot);
      victims.forEach(unloader::keep);
      throw thrown;
    }
  }

  private void load(Slot slot, List<Slot> victims) {
    try {
      victims.forEach(unloader::unload);
      limit(slot);
      ServedModel model = loader.load(slot.stored);
      endLoading(slot);
      publish(slot, model);
    } catch (Throwable thrown) {
      endLoading(slot);
      fail(slot, thrown);
    }
  }

  private void fail(Slot slot, Throwable thrown) {
    slots.lock.lock();
    try {
      slot.claimNow();
    } finally {
      slots.lock.unlock();
    }
    try {
      if (!slot.loaded.isDone()) {
        failedLoads.increment();
      }
    } finally {
      unloader.free(slot);
      slot.loaded.completeExceptionally(thrown);
    }
  }

  /** Clears the loading thread, which must not be interrupted any more. */
  private void endLoading(Slot slot) {
    slots.lock.lock();
    try {
      slot.loader = null;
      if (slot.loadTimeout != null) {
        slot.loadTimeout.cancel(false);
      }
    } finally {
      slots.lock.unlock();
    }
  }

  private void limit(Slot slot) {
    Duration timeout = loader.options().loadTimeout();
    slots.lock.lock();
    try {
      slot.loadTimeout = unloader.timer(() -> giveUp(slot, timeout), timeout);
    } finally {
      slots.lock.unlock();
    }
  }

  /**
   * Fails the requests that wait for a load that takes too long. Native code cannot be stopped, so
   * the slot and the thread remain until it returns.
   */
  private void giveUp(Slot slot, Duration timeout) {
    ModelLoadException reason =
        new ModelLoadException(
            "the runtime has not loaded the model %s within %d s, so the load was abandoned. Its memory stays in use until the runtime returns; if it hangs, restart the server. For large models on slow storage, start the server with a longer --load-timeout."
                .formatted(slot.name(), timeout.toSeconds()),
            slot.stored.file(),
            RkllmException.NO_CODE,
            null);
    slots.lock.lock();
    try {
      if (slot.loader == null || slot.loaded.isDone()) {
        return;
      }
      slot.claimNow();
      slot.hangingLoad = reason;
      slot.loaded.completeExceptionally(reason);
    } finally {
      slots.lock.unlock();
    }
    failedLoads.increment();
    LOG.error("{}", reason.getMessage());
  }

  /**
   * Publishes a model, unless its load was abandoned or the pool was closed. The requests for it
   * may have ended.
   */
  private void publish(Slot slot, ServedModel model) {
    loads.increment();
    boolean wanted;
    boolean claimed;
    String late;
    slots.lock.lock();
    try {
      wanted = slot.loaded.complete(model);
      claimed = wanted && slot.claim();
      late = slot.hangingLoad == null ? "the pool was closed" : "its load had been abandoned";
      unloader.schedule(slot);
    } finally {
      slots.lock.unlock();
    }
    if (!wanted) {
      try (model) {
        LOG.info("{}: was loaded after {}; it is unloaded", slot.name(), late);
      } finally {
        unloader.free(slot);
      }
    } else if (claimed) {
      unloader.unload(slot);
    }
  }
}
