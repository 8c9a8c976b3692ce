package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.ModelFiles;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.UnknownModelException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of models on disk. Decides whether a changed state is settled, because a file may still
 * be being written: a state is settled if it has not changed for {@link #PAUSE}, judging by the
 * times of the files or by two looks that are at least that far apart. Thread-safe.
 */
final class DiskState {
  /** The time for which files must not change before a model is loaded from them. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private final ModelStore store;
  private final List<Path> filesOfAll = new ArrayList<>();
  private final Map<String, Look> looks = new ConcurrentHashMap<>();

  /** The state found by the last look, and when it was first found, by System.nanoTime(). */
  private record Look(@Nullable ModelFiles files, long since) {}

  /** A model and its files. */
  record Found(StoredModel stored, ModelFiles files) {
    /** Returns whether a slot was loaded from this state. */
    boolean isIn(Slot slot) {
      return slot.stored.equals(stored) && slot.files.equals(files);
    }
  }

  DiskState(ModelStore store, LoadOptions options) {
    this.store = store;
    filesOfAll.addAll(options.loras());
    if (options.promptCache() != null) {
      filesOfAll.add(options.promptCache());
    }
  }

  /**
   * Reads the current state of a model.
   *
   * @throws UnknownModelException if there is no such model
   * @throws ModelWaitException if the thread is interrupted
   */
  Found read(String name) {
    try {
      StoredModel stored = store.get(name);
      return new Found(stored, ModelFiles.of(stored, filesOfAll));
    } catch (UncheckedIOException e) {
      if (Thread.currentThread().isInterrupted()) { // an interrupted thread cannot read files
        throw ModelWaitException.interrupted(name);
      }
      throw e;
    }
  }

  /** Returns the current files of a model, or null if it was deleted or cannot be read. */
  @Nullable ModelFiles files(String name) {
    try {
      return read(name).files();
    } catch (UnknownModelException | IllegalArgumentException | UncheckedIOException _) {
      return null;
    }
  }

  /**
   * Returns the time after which a state is settled unless it changes; not positive if it is now.
   *
   * @param files the current files, or null if the model was deleted or cannot be read
   */
  Duration untilSettled(String name, @Nullable ModelFiles files) {
    if (!looks.containsKey(name)) {
      looks.keySet().removeIf(other -> !store.contains(other)); // deleted models
    }
    long now = System.nanoTime();
    Look look =
        looks.compute(
            name,
            (_, last) ->
                last != null && Objects.equals(last.files, files)
                    ? last
                    : new Look(files, isOld(files) ? now - PAUSE.toNanos() : now));
    return PAUSE.minusNanos(now - look.since);
  }

  private static boolean isOld(@Nullable ModelFiles files) {
    return files != null && files.areOlderThan(PAUSE);
  }

  /** Records that this process has written all files of a model: their state is settled. */
  void written(String name) {
    ModelFiles files = files(name);
    if (files == null) {
      looks.remove(name);
    } else {
      looks.put(name, new Look(files, System.nanoTime() - PAUSE.toNanos()));
    }
  }
}
