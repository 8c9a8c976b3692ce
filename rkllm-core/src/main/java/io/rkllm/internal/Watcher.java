package io.rkllm.internal;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A model's second thread, for what must not be done on the thread that native code calls back on:
 * aborting from a callback, timeouts, waking several readers. Started when first needed, ends when
 * idle, never runs user code but the {@code onError} of a subscriber whose executor refuses it.
 */
final class Watcher implements Executor {
  private final ScheduledThreadPoolExecutor pool;

  Watcher(String modelName) {
    pool =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("rkllm-watch-" + modelName).factory());
    pool.setRemoveOnCancelPolicy(true);
    pool.setKeepAliveTime(5, TimeUnit.SECONDS);
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable command) {
    pool.execute(command);
  }

  /** Runs a command later; running what this returns cancels it. */
  Runnable schedule(Runnable command, Duration delay) {
    var alarm = pool.schedule(command, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> alarm.cancel(false);
  }
}
