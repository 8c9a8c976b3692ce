package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.hub.PullProgress;
import io.rkllm.examples.server.store.FileSize;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Displays the progress of a download: as a bar on a terminal, elsewhere as a line for each tenth.
 * Used by one thread.
 */
final class PullProgressBar implements AutoCloseable {
  private static final int WIDTH = 24;

  private final Terminal terminal;
  private @Nullable PullProgress first;
  private long beganAt;
  private long toldTenths = -1;

  PullProgressBar(Terminal terminal) {
    this.terminal = terminal;
  }

  void show(PullProgress progress) {
    if (first == null) {
      first = progress;
      beganAt = System.nanoTime();
    }
    if (terminal.errorsAreOnTerminal()) {
      terminal.status(bar(progress, first, Duration.ofNanos(System.nanoTime() - beganAt)));
      return;
    }
    long tenths = progress.total() <= 0 ? 0 : progress.completed() * 10 / progress.total();
    if (tenths != toldTenths) {
      toldTenths = tenths;
      terminal.note(
          "%s: %d%% of %s"
              .formatted(progress.file(), tenths * 10, FileSize.format(progress.total())));
    }
  }

  /** Returns a line such as {@code model.rkllm [====> ] 21% of 3.4 GB, 11.2 MB/s, 4 min left}. */
  static String bar(PullProgress progress, PullProgress first, Duration taken) {
    if (progress.total() <= 0) {
      return progress.file() + " " + FileSize.format(progress.completed());
    }
    int filled = (int) (progress.completed() * WIDTH / progress.total());
    String bar =
        "=".repeat(filled)
            + (filled < WIDTH ? ">" : "")
            + " ".repeat(Math.max(0, WIDTH - filled - 1));
    String line =
        "%s [%s] %d%% of %s"
            .formatted(
                progress.file(),
                bar,
                progress.completed() * 100 / progress.total(),
                FileSize.format(progress.total()));
    double seconds = taken.toMillis() / 1000.0;
    long speed = (long) ((progress.completed() - first.completed()) / Math.max(seconds, 0.001));
    return seconds < 1 || speed <= 0
        ? line
        : line
            + ", %s/s, %s left"
                .formatted(
                    FileSize.format(speed),
                    left((progress.total() - progress.completed()) / speed));
  }

  private static String left(long seconds) {
    return seconds < 90 ? seconds + " s" : (seconds + 30) / 60 + " min";
  }

  @Override
  public void close() {
    terminal.status("");
  }
}
