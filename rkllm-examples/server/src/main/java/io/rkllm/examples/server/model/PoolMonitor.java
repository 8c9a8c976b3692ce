package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.UnknownModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks once a second, while there are models in memory, whether they respond and whether their
 * files have changed. A model whose native code does not return from a stopped run is closed and
 * loaded again. An idle model whose files have changed is loaded again, too.
 *
 * <p>Thread-safe. The monitor runs on a virtual thread that ends when no models are left.
 */
final class PoolMonitor {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** The number of abandoned models at which no more models are loaded. */
  private static final int MAX_ABANDONED = 4;

  private final ModelPool pool;
  private final Slots slots;
  private final DiskState disk;
  private final SlotUnloader unloader;
  private final Duration hangTimeout;
  private final AtomicBoolean running = new AtomicBoolean();
  private final LongAdder replacements = new LongAdder();

  PoolMonitor(
      ModelPool pool, Slots slots, DiskState disk, SlotUnloader unloader, Duration hangTimeout) {
    this.pool = pool;
    this.slots = slots;
    this.disk = disk;
    this.unloader = unloader;
    this.hangTimeout = hangTimeout;
  }

  /** Starts the monitor unless it is running. */
  void start() {
    if (running.compareAndSet(false, true)) {
      try {
        Thread.ofVirtual().name("rkllm-pool-monitor").start(this::run);
      } catch (Throwable thrown) {
        running.set(false);
        throw thrown;
      }
    }
  }

  /** Returns whether so many models were abandoned that the process has to be restarted. */
  boolean needsRestart() {
    return unloader.abandoned() >= MAX_ABANDONED;
  }

  /** Returns the number of models that were replaced because they did not respond. */
  long replacements() {
    return replacements.sum();
  }

  private void run() {
    try {
      while (isNeeded()) {
        Thread.sleep(INTERVAL);
        check();
      }
    } catch (InterruptedException _) {
      // never interrupted
    } finally {
      running.set(false);
      if (isNeeded()) { // a model was loaded in the meantime
        start();
      }
    }
  }

  private boolean isNeeded() {
    slots.lock.lock();
    try {
      return !slots.isEmpty();
    } finally {
      slots.lock.unlock();
    }
  }

  private void check() {
    for (Slot slot : snapshot()) {
      try {
        if (!replaceIfUnresponsive(slot)) {
          reloadIfChanged(slot);
        }
      } catch (RuntimeException
          | Error e) { // a failure for one model must not prevent checks of the others
        LOG.error("{}: could not be checked", slot.name(), e);
      }
    }
  }

  private Collection<Slot> snapshot() {
    slots.lock.lock();
    try {
      List<Slot> loaded = new ArrayList<>(slots.all());
      loaded.removeIf(slot -> !slot.isLoaded() || slot.claimed);
      return loaded;
    } finally {
      slots.lock.unlock();
    }
  }

  // ---- Models that do not respond

  /**
   * Replaces the model of a slot if it has been unresponsive for too long. Returns whether it does
   * not respond.
   */
  private boolean replaceIfUnresponsive(Slot slot) {
    boolean unresponsive = slot.loaded.resultNow().isUnresponsive();
    slots.lock.lock();
    try {
      if (!unresponsive) {
        if (slot.unresponsiveSince != 0) {
          slot.unresponsiveSince = 0;
          LOG.info("{}: responds again", slot.name());
        }
        return false;
      }
      if (slot.unresponsiveSince == 0) {
        slot.unresponsiveSince = System.nanoTime() | 1; // never 0
        LOG.warn("{}: native code does not return from a run that was stopped", slot.name());
      }
      if (System.nanoTime() - slot.unresponsiveSince < hangTimeout.toNanos() || slot.claimed) {
        return true;
      }
      slot.claimNow();
      slot.replaced = true;
    } finally {
      slots.lock.unlock();
    }
    replacements.increment();
    Thread.startVirtualThread(() -> replace(slot));
    return true;
  }

  private void replace(Slot slot) {
    LOG.error("{}: does not respond; it is closed and loaded again", slot.name());
    unloader.unload(slot);
    loadAgain(slot);
  }

  private void loadAgain(Slot slot) {
    try {
      pool.lease(slot.name(), slot.keepAlive, ModelPool.UNLOADING).close();
    } catch (UnknownModelException | PoolClosedException _) {
      // there is nothing to load
    } catch (RuntimeException e) {
      LOG.warn("{}: cannot be loaded again: {}", slot.name(), e.getMessage());
    }
  }

  // ---- Models whose files have changed

  /** Reloads an idle model whose files have changed, once their state is settled. */
  private void reloadIfChanged(Slot slot) {
    ModelFiles now = disk.files(slot.name());
    boolean settled = !disk.untilSettled(slot.name(), now).isPositive();
    if (settled && !slot.files.equals(now) && unloader.unloadIfIdle(slot)) {
      LOG.info("{}: its files have changed; it is loaded again", slot.name());
      Thread.startVirtualThread(() -> loadAgain(slot));
    }
  }
}
