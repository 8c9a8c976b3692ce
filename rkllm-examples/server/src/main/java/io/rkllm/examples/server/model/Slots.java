package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.StoredModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a pool by the names of their models. Selects the models to unload when another model
 * needs memory. All methods are called with the lock held.
 */
final class Slots {
  /** Guards this object and the state of its slots. */
  final ReentrantLock lock = new ReentrantLock();

  private final int maxModels;
  private final Map<String, Slot> byName = new HashMap<>();

  Slots(int maxModels) {
    this.maxModels = maxModels;
  }

  @Nullable Slot get(String name) {
    return byName.get(name);
  }

  Collection<Slot> all() {
    return byName.values();
  }

  boolean isEmpty() {
    return byName.isEmpty();
  }

  void put(Slot slot) {
    byName.put(slot.name(), slot);
  }

  void remove(Slot slot) {
    byName.remove(slot.name(), slot);
  }

  /**
   * Claims the idle models that have to be unloaded for another one, least recently used first.
   *
   * @return the claimed slots, or empty if unloading all idle models would not be enough
   */
  Optional<List<Slot>> claimVictims(StoredModel wanted) {
    List<Slot> idle =
        byName.values().stream()
            .filter(Slot::isIdle)
            .sorted(Comparator.comparing(slot -> slot.usedAt))
            .toList();
    List<Slot> victims = new ArrayList<>();
    long missing = Memory.missingFor(wanted.size());
    int tooMany = byName.size() + 1 - maxModels;
    for (Slot slot : idle) {
      if (missing <= 0 && tooMany <= 0) {
        break;
      }
      victims.add(slot);
      missing -= slot.stored.size();
      tooMany--;
    }
    if (tooMany > 0 || (missing > 0 && byName.size() > victims.size())) {
      return Optional.empty();
    }
    for (Slot slot : victims) {
      slot.leave();
      slot.claimed = true;
    }
    return Optional.of(victims);
  }

  /** Returns a slot that is already being unloaded and is worth waiting for. */
  Optional<Slot> anyLeaving() {
    return byName.values().stream()
        .filter(slot -> slot.leaving && slot.abandoned == null)
        .findFirst();
  }
}
