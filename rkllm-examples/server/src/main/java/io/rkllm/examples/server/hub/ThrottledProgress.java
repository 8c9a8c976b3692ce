package io.rkllm.examples.server.hub;

import java.time.Duration;
import java.util.function.Consumer;

/** Reports the progress of a download at most ten times a second. Not thread-safe. */
final class ThrottledProgress {
  private static final long PACE = Duration.ofMillis(100).toNanos();

  private final String file;
  private final long total;
  private final Consumer<PullProgress> listener;
  private long toldAt = System.nanoTime() - PACE;
  private long told = -1;

  ThrottledProgress(String file, long total, Consumer<PullProgress> listener) {
    this.file = file;
    this.total = total;
    this.listener = listener;
  }

  void update(long completed) {
    long now = System.nanoTime();
    if (completed != told && (completed == total || now - toldAt >= PACE)) {
      toldAt = now;
      told = completed;
      listener.accept(new PullProgress(file, completed, total));
    }
  }
}
