package io.rkllm.internal.thread;

import io.rkllm.RkllmModel;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that is started when it is first needed and ends when it is idle or closed.
 * Exceptions of a task are logged and do not affect other tasks.
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
    Thread created = Thread.ofPlatform().daemon().name(name).unstarted(() -> workOn(work));
    thread = created;
    return created;
  }

  /**
   * Does the pool's work. In a full heap that may throw between two tasks; if then no other thread
   * can be made, the pool has tasks and no thread, and this one goes on with them.
   */
  private void workOn(Runnable poolWork) {
    try {
      poolWork.run();
      return;
    } catch (Throwable _) {
      // the tasks themselves throw nothing
    }
    BlockingQueue<Runnable> tasks = pool.getQueue();
    while (pool.getPoolSize() == 0 && !tasks.isEmpty()) {
      try {
        Runnable task = tasks.poll(1, TimeUnit.SECONDS);
        if (task != null) {
          task.run();
        }
      } catch (Throwable _) {
        FullHeap.pause();
      }
    }
  }

  /** Returns whether the calling thread is this one. */
  public boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  @Override
  public void execute(Runnable command) {
    try {
      pool.execute(() -> run(command));
    } catch (RejectedExecutionException e) { // closed; a caller may still wait for the task
      Thread.ofPlatform().daemon().name(name).start(() -> run(command));
    }
  }

  /**
   * Schedules a command. Running the returned object cancels it. Has no effect once this thread is
   * closed.
   */
  public Runnable schedule(Runnable command, Duration delay) {
    try {
      var alarm = pool.schedule(() -> run(command), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> alarm.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {};
    }
  }

  /** Ends the thread after its pending tasks, without waiting for scheduled commands. */
  @Override
  public void close() {
    pool.shutdown();
  }

  /** Runs a command and logs its exception, which the pool would discard. */
  private static void run(Runnable command) {
    try {
      command.run();
    } catch (Throwable thrown) {
      LOG.error("{}: a task failed", Thread.currentThread().getName(), thrown);
    }
  }
}
