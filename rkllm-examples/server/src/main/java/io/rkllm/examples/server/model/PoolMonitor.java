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
 * Looks once a second, while there are models in memory, whether they still respond and whether
 * their files have changed. A model whose native code does not return from a run that was stopped
 * is closed and loaded again; so is an idle model whose files have changed.
 *
 * <p>Thread-safe. It runs on a virtual thread that ends when no model is left.
 */
final class PoolMonitor {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** The time in which an unresponsive model may be destroyed before its slot is freed. */
  private static final Duration CLOSING = Duration.ofSeconds(3);

  /** The number of abandoned models from which on no more are loaded. */
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

  /** Returns the names of models that do not respond, or are being replaced for that. */
  Set<String> recovering() {
    return new TreeSet<>(recovering);
  }

  /** Returns how many models were closed whose native code still has not returned. */
  int abandoned() {
    abandoned.removeIf(model -> !model.isUnresponsive());
    return abandoned.size();
  }

  /** Returns whether so many models were abandoned that only a restart helps. */
  boolean needsRestart() {
    return abandoned() >= MAX_ABANDONED;
  }

  /** Returns how many models were replaced since they did not respond. */
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
      // nobody interrupts it
    } finally {
      running.set(false);
      if (isNeeded()) { // a model was loaded meanwhile
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
          | Error e) { // one model must not keep the others from being checked
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

  /** Returns whether the model of a slot does not respond. */
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
      // nobody interrupts it
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

  /** Acts when two checks in a row find the same change: the file may be being written. */
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
