package io.rkllm.examples.server.model;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unloads the models of slots: those that were idle for their keep-alive time, those whose memory
 * is needed, and those that are replaced. If native code does not return, the slot is freed
 * nevertheless and the model counts as abandoned until it does. Thread-safe.
 */
final class SlotUnloader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

  /** The time allowed for native code to destroy a model that responds. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** The time allowed for an unresponsive model, which probably never returns. */
  private static final Duration UNRESPONSIVE_LIMIT = Duration.ofSeconds(3);

  /** The interval at which a model that is being closed is examined. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final Slots slots;
  private final List<Thread> abandoned = new CopyOnWriteArrayList<>(); // they close models
  private final ScheduledThreadPoolExecutor timers =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("rkllm-keep-alive").factory());

  SlotUnloader(Slots slots) {
    this.slots = slots;
    timers.setRemoveOnCancelPolicy(true); // a timer keeps its model reachable
  }

  /** Returns the number of models whose slots are free while native code has not returned. */
  int abandoned() {
    abandoned.removeIf(closing -> !closing.isAlive());
    return abandoned.size();
  }

  // ---- Timers

  /** Returns the number of timers that are set. */
  int timers() {
    return timers.getQueue().size();
  }

  /** Sets a timer, or returns null if the pool is closed. Called with the lock held. */
  @Nullable ScheduledFuture<?> timer(Runnable action, Duration delay) {
    return timers.isShutdown()
        ? null
        : timers.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sets the timer of an idle model. Called with the lock held. */
  void schedule(Slot slot) {
    slot.cancelUnloading();
    if (slot.isIdle() && !slot.keepAlive.isNegative()) {
      try {
        slot.unloading = timer(() -> unloadIfIdle(slot), slot.keepAlive);
      } catch (OutOfMemoryError e) { // no thread could be created for the timers
        LOG.error("{}: stays loaded until it is used again", slot.name(), e);
      }
    }
  }

  /** Stops the timers. */
  void close() {
    timers.shutdownNow();
  }

  // ---- Unloading

  /** Begins to unload a model if it is idle, and returns whether it was. */
  boolean unloadIfIdle(Slot slot) {
    slots.lock.lock();
    try {
      if (!slot.isIdle()) {
        return false;
      }
      slot.claimNow();
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

  /**
   * Unloads a claimed slot. Blocks until its model is closed, or native code has not returned in
   * time.
   */
  void unload(Slot slot) {
    try {
      Thread closing = startClosing(slot);
      if (closing != null && !hasEnded(closing, slot)) {
        abandoned.add(closing);
        LOG.error(
            "{}: native code does not return; the memory of the model stays in use until it does",
            slot.name());
      }
    } finally {
      free(slot);
    }
  }

  /** Closes a model on a separate thread, or on this one if no thread can be created. */
  private static @Nullable Thread startClosing(Slot slot) {
    try {
      return Thread.startVirtualThread(() -> close(slot));
    } catch (Throwable thrown) {
      LOG.error("{}: no thread could be created to unload it", slot.name(), thrown);
      close(slot);
      return null;
    }
  }

  private static void close(Slot slot) {
    try {
      slot.loaded.resultNow().close();
      LOG.info("{}: unloaded", slot.name());
    } catch (RuntimeException e) {
      LOG.warn("{}: could not be unloaded: {}", slot.name(), e.getMessage());
    } catch (Error e) { // thrown on a thread without an exception handler
      LOG.error("{}: could not be unloaded", slot.name(), e);
    }
  }

  /**
   * Waits until a model is closed. Returns false if its time has elapsed, or the thread is
   * interrupted because the pool is closed.
   */
  private static boolean hasEnded(Thread closing, Slot slot) {
    long begin = System.nanoTime();
    try {
      while (!closing.join(INTERVAL)) {
        Duration limit = slot.isUnresponsive() ? UNRESPONSIVE_LIMIT : LIMIT;
        if (System.nanoTime() - begin >= limit.toNanos()) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Withdraws the claim of a slot. Called with the lock held. */
  void keep(Slot slot) {
    slot.leaving = false;
    slot.claimed = false;
    schedule(slot);
  }

  /** Removes a slot. */
  void free(Slot slot) {
    slots.lock.lock();
    try {
      slots.remove(slot);
    } finally {
      slots.lock.unlock();
    }
    slot.gone.complete(null);
  }
}
