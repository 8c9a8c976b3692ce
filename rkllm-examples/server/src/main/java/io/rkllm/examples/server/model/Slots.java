package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.StoredModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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

  /** Returns the names of the models whose slots match. */
  Set<String> names(Predicate<Slot> filter) {
    return byName.values().stream()
        .filter(filter)
        .map(Slot::name)
        .collect(Collectors.toCollection(TreeSet::new));
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
    victims.forEach(Slot::claimNow);
    return Optional.of(victims);
  }

  /** Returns a slot that is already being unloaded and is worth waiting for. */
  Optional<Slot> anyLeaving() {
    return byName.values().stream()
        .filter(slot -> slot.leaving && slot.hangingLoad == null)
        .findFirst();
  }

  /** Returns the exception for a model for which idle models cannot make enough space. */
  InsufficientCapacityException full(StoredModel wanted) {
    Set<String> hanging = names(slot -> slot.hangingLoad != null);
    boolean tooMany = byName.values().stream().filter(slot -> !slot.isIdle()).count() >= maxModels;
    String limit =
        tooMany
            ? "--max-models allows %d loaded models".formatted(maxModels)
            : "there is not enough memory for it beside the models that are in use";
    String advice =
        hanging.isEmpty()
            ? "try again when a model is idle"
            : "the runtime has not returned from loading %s, which counts as loaded until it does. If it hangs, restart the server"
                .formatted(String.join(", ", hanging));
    return new InsufficientCapacityException(
        "the model %s cannot be loaded now: %s; %s".formatted(wanted.name(), limit, advice));
  }
}
