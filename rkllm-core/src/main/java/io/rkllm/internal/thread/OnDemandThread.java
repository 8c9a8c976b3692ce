package io.rkllm.internal.thread;

import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that is started when first needed and ends when idle, and at once when it is
 * closed. What its work throws is logged, and keeps no other work from being done.
 */
public final class OnDemandThread implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private final String name;
  private final ScheduledThreadPoolExecutor pool;
  private volatile @Nullable Thread thread;

  public OnDemandThread(String name) {
    this.name = name;
    pool = new ScheduledThreadPoolExecutor(1, work -> create(name, work));
    pool.setRemoveOnCancelPolicy(true);
    pool.setKeepAliveTime(5, TimeUnit.SECONDS);
    pool.allowCoreThreadTimeOut(true);
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  private Thread create(String name, Runnable work) {
    Thread created = Thread.ofPlatform().daemon().name(name).unstarted(work);
    thread = created;
    return created;
  }

  /** Whether the calling thread is this one. */
  public boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  @Override
  public void execute(Runnable command) {
    try {
      pool.execute(() -> run(command));
    } catch (RejectedExecutionException e) { // closed; somebody may still wait for it
      Thread.ofPlatform().daemon().name(name).start(() -> run(command));
    }
  }

  /**
   * Runs a command later; running what this returns cancels it. Once this is closed there is
   * nothing left that an alarm could be for.
   */
  public Runnable schedule(Runnable command, Duration delay) {
    try {
      var alarm = pool.schedule(() -> run(command), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> alarm.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {};
    }
  }

  /** Ends the thread when it has done what it was given; alarms that are set do not keep it. */
  @Override
  public void close() {
    pool.shutdown();
  }

  /** The pool would keep to itself what is thrown. */
  private static void run(Runnable command) {
    try {
      command.run();
    } catch (Throwable thrown) {
      LOG.error("{}: work failed", Thread.currentThread().getName(), thrown);
    }
  }
}
