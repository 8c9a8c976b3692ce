package io.rkllm.examples.server.model;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and unloads the models of slots, on separate threads and outside the lock, so that requests
 * for other models continue. Thread-safe.
 */
final class SlotLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

  private final Slots slots;
  private final ModelLoader loader;
  private final LongAdder loads = new LongAdder();
  private final LongAdder failedLoads = new LongAdder();
  private final ScheduledThreadPoolExecutor timers =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("rkllm-keep-alive").factory());

  SlotLifecycle(Slots slots, ModelLoader loader) {
    this.slots = slots;
    this.loader = loader;
    timers.setRemoveOnCancelPolicy(true); // a timer keeps its model reachable
  }

  long loads() {
    return loads.sum();
  }

  long failedLoads() {
    return failedLoads.sum();
  }

  /** Returns the number of timers that are set. */
  int timers() {
    return timers.getQueue().size();
  }

  // ---- Loading

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
      victims.forEach(this::keep);
      throw thrown;
    }
  }

  /** Withdraws the claim of a victim. */
  private void keep(Slot slot) {
    slot.leaving = false;
    slot.claimed = false;
    scheduleUnloading(slot);
  }

  private void load(Slot slot, List<Slot> victims) {
    try {
      victims.forEach(this::unload);
      limitLoading(slot);
      ServedModel model = loader.load(slot.stored);
      endLoading(slot);
      publish(slot, model);
    } catch (Throwable thrown) {
      endLoading(slot);
      slots.lock.lock();
      try {
        slot.leave();
        slot.claimed = true;
      } finally {
        slots.lock.unlock();
      }
      try {
        if (!slot.loaded.isDone()) {
          failedLoads.increment();
        }
      } finally {
        release(slot);
        slot.loaded.completeExceptionally(thrown);
      }
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

  private void limitLoading(Slot slot) {
    slots.lock.lock();
    try {
      if (!timers.isShutdown()) {
        long timeout = loader.options().loadTimeout().toNanos();
        slot.loadTimeout = timers.schedule(() -> abandonLoad(slot), timeout, TimeUnit.NANOSECONDS);
      }
    } finally {
      slots.lock.unlock();
    }
  }

  /**
   * Fails the requests that wait for a load that takes too long. Native code cannot be stopped, so
   * the slot and the thread remain until it returns. Until then the slot counts as a model, since
   * its memory is in use.
   */
  private void abandonLoad(Slot slot) {
    ModelLoadException timeout =
        new ModelLoadException(
            "the runtime has not loaded the model %s within %d s, so that was given up. Its memory stays in use until the runtime returns; if it hangs, restart the server. For large models on slow storage, start the server with a longer --load-timeout."
                .formatted(slot.name(), loader.options().loadTimeout().toSeconds()),
            slot.stored.file(),
            RkllmException.NO_CODE,
            null);
    slots.lock.lock();
    try {
      if (slot.loader == null || slot.loaded.isDone()) {
        return;
      }
      slot.leave();
      slot.claimed = true;
      slot.abandoned = timeout;
      slot.loaded.completeExceptionally(timeout);
    } finally {
      slots.lock.unlock();
    }
    failedLoads.increment();
    LOG.error("{}", timeout.getMessage());
  }

  /** Publishes a model, unless the pool was closed. The requests for it may have ended. */
  private void publish(Slot slot, ServedModel model) {
    loads.increment();
    boolean wanted;
    boolean claimed;
    slots.lock.lock();
    try {
      wanted = slot.loaded.complete(model);
      claimed = wanted && slot.claim();
      scheduleUnloading(slot);
    } finally {
      slots.lock.unlock();
    }
    if (!wanted) {
      try (model) {
        LOG.info("{}: was loaded after the pool was closed", slot.name());
      } finally {
        release(slot);
      }
    } else if (claimed) {
      unload(slot);
    }
  }

  // ---- Unloading

  /** Starts the timer of an idle model. Called with the lock held. */
  void scheduleUnloading(Slot slot) {
    slot.cancelUnloading();
    if (slot.isIdle() && !slot.keepAlive.isNegative() && !timers.isShutdown()) {
      try {
        slot.unloading =
            timers.schedule(
                () -> unloadIfIdle(slot), slot.keepAlive.toMillis(), TimeUnit.MILLISECONDS);
      } catch (OutOfMemoryError e) { // no thread could be created for the timers
        LOG.error("{}: stays loaded until it is used again", slot.name(), e);
      }
    }
  }

  /** Begins to unload a model if it is idle, and returns whether it was. */
  boolean unloadIfIdle(Slot slot) {
    slots.lock.lock();
    try {
      if (!slot.isIdle()) {
        return false;
      }
      slot.leave();
      slot.claimed = true;
    } finally {
      slots.lock.unlock();
    }
    unloadLater(slot);
    return true;
  }

  /** Unloads a claimed slot on a separate thread. */
  void unloadLater(Slot slot) {
    try {
      Thread.startVirtualThread(() -> unload(slot));
    } catch (Throwable thrown) { // nothing else would unload it
      LOG.error("{}: no thread could be created to unload it", slot.name(), thrown);
      unload(slot);
    }
  }

  /** Unloads a claimed slot. Blocks until its model is closed. */
  private void unload(Slot slot) {
    try {
      slot.loaded.resultNow().close();
      LOG.info("{}: unloaded", slot.name());
    } catch (RuntimeException e) {
      LOG.warn("{}: could not be unloaded: {}", slot.name(), e.getMessage());
    } catch (Error e) { // thrown on a thread without an exception handler
      LOG.error("{}: could not be unloaded", slot.name(), e);
    } finally {
      release(slot);
    }
  }

  /**
   * Closes the model of a claimed slot that may not respond. Frees the slot when the model is
   * closed or the time has elapsed.
   */
  void giveUp(Slot slot, Duration atMost) throws InterruptedException {
    Thread closing = Thread.startVirtualThread(() -> unload(slot));
    closing.join(atMost);
    release(slot);
  }

  private void release(Slot slot) {
    slots.lock.lock();
    try {
      slots.remove(slot);
    } finally {
      slots.lock.unlock();
    }
    slot.gone.complete(null);
  }

  /** Stops the timers. */
  void close() {
    timers.shutdownNow();
  }
}
