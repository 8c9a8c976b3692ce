package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.UnknownModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
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

  /** The time allowed for destroying an unresponsive model before its slot is freed. */
  private static final Duration CLOSING = Duration.ofSeconds(3);

  /** The number of abandoned models at which no more models are loaded. */
  private static final int MAX_ABANDONED = 4;

  private final ModelPool pool;
  private final Slots slots;
  private final SlotLifecycle lifecycle;
  private final Duration hangTimeout;
  private final AtomicBoolean running = new AtomicBoolean();
  private final Set<String> recovering = new ConcurrentSkipListSet<>();
  private final List<ServedModel> abandoned = new CopyOnWriteArrayList<>();
  private final LongAdder replacements = new LongAdder();

  PoolMonitor(ModelPool pool, Slots slots, SlotLifecycle lifecycle, Duration hangTimeout) {
    this.pool = pool;
    this.slots = slots;
    this.lifecycle = lifecycle;
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

  /** Returns the names of models that do not respond, or are being replaced for that reason. */
  Set<String> recovering() {
    return new TreeSet<>(recovering);
  }

  /** Returns the number of closed models whose native code has not returned. */
  int abandoned() {
    abandoned.removeIf(model -> !model.isUnresponsive());
    return abandoned.size();
  }

  /** Returns whether so many models were abandoned that the process has to be restarted. */
  boolean needsRestart() {
    return abandoned() >= MAX_ABANDONED;
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
          recovering.remove(slot.name());
          LOG.info("{}: responds again", slot.name());
        }
        return false;
      }
      if (slot.unresponsiveSince == 0) {
        slot.unresponsiveSince = System.nanoTime() | 1; // never 0
        recovering.add(slot.name());
        LOG.warn("{}: native code does not return from a run that was stopped", slot.name());
      }
      if (System.nanoTime() - slot.unresponsiveSince < hangTimeout.toNanos() || slot.claimed) {
        return true;
      }
      slot.leave();
      slot.claimed = true;
      slot.replaced = true;
    } finally {
      slots.lock.unlock();
    }
    replacements.increment();
    abandoned.add(slot.loaded.resultNow());
    Thread.startVirtualThread(() -> replace(slot));
    return true;
  }

  private void replace(Slot slot) {
    try {
      LOG.error("{}: does not respond; it is closed and loaded again", slot.name());
      lifecycle.giveUp(slot, CLOSING);
      loadAgain(slot);
    } catch (InterruptedException _) {
      // never interrupted
    } finally {
      recovering.remove(slot.name());
    }
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

  /**
   * Reloads a model if two checks in a row find the same change, since the file may still be being
   * written.
   */
  private void reloadIfChanged(Slot slot) {
    ModelFiles now = pool.filesNow(slot.name());
    if (now != null && now.equals(slot.files)) {
      slot.seen = null;
      return;
    }
    boolean stable = now == null || now.equals(slot.seen);
    slot.seen = now;
    if (stable && lifecycle.unloadIfIdle(slot)) {
      LOG.info("{}: its files have changed; it is loaded again", slot.name());
      Thread.startVirtualThread(() -> loadAgain(slot));
    }
  }
}
