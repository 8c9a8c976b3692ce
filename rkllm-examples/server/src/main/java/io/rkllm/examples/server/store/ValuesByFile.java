package io.rkllm.examples.server.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Values that are kept for files. When a value is added for another file, the values of files that
 * do not exist any more are dropped. Thread-safe.
 */
public final class ValuesByFile<V> {
  private final Map<Path, V> values = new ConcurrentHashMap<>();

  /** Creates an object without values. */
  public ValuesByFile() {}

  /** Returns the value of a file, or null if there is none. */
  public @Nullable V get(Path file) {
    return values.get(file);
  }

  /** Sets the value of a file, and returns the previous one. */
  public @Nullable V put(Path file, V value) {
    V before = values.put(file, value);
    if (before == null) {
      values.keySet().removeIf(Files::notExists);
    }
    return before;
  }

  /** Removes the value of a file, and returns it. */
  public @Nullable V remove(Path file) {
    return values.remove(file);
  }
}
