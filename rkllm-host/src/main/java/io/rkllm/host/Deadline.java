package io.rkllm.host;

import io.rkllm.spi.SharedThreads;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An action that is taken when a time has passed, unless the deadline is closed before.
 *
 * <p>All deadlines share one thread, which exists while there are any, and which nothing else of
 * the application can occupy.
 *
 * @param action the scheduled action, or null if there is no limit
 */
record Deadline(@Nullable Future<?> action) implements AutoCloseable {
  private static final Duration IDLE = Duration.ofMillis(100);
  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private static ScheduledThreadPoolExecutor timer() {
    var timer =
        new ScheduledThreadPoolExecutor(
            1, work -> SharedThreads.create("rkllm-host-deadlines", work));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE.toMillis(), TimeUnit.MILLISECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /**
   * Begins to wait.
   *
   * @param time the time until the action, or null for no limit
   * @param action does not block
   */
  static Deadline in(@Nullable Duration time, Runnable action) {
    return new Deadline(
        time == null ? null : TIMER.schedule(action, time.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Prevents the action, if it has not begun. */
  @Override
  public void close() {
    if (action != null) {
      boolean _ = action.cancel(false);
    }
  }
}
