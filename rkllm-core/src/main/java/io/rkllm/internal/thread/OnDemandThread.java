package io.rkllm.internal.thread;

import io.rkllm.RkllmModel;
import io.rkllm.stream.Thrown;
import java.time.Duration;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that is started when it is first needed and ends when it is idle or closed.
 * Exceptions of a task are logged and do not affect other tasks.
 *
 * <p>A task that was accepted is run, even if the heap is full: no exception ends the thread while
 * there are tasks. A {@link java.util.concurrent.ThreadPoolExecutor} does not guarantee this. Its
 * thread may end with an {@link OutOfMemoryError} between two tasks, and if no other can be created
 * at that moment, the tasks that it has accepted wait until the next one is submitted.
 */
public final class OnDemandThread implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final long IDLE_SECONDS = 5;

  private final ThreadFactory threads;
  private final DelayQueue<Task> tasks;

  /** The context class loader of the application, whichever thread needs this one first. */
  private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();

  private final AtomicLong submitted = new AtomicLong();
  private volatile boolean closed;

  /** The thread, while it accepts tasks. Written with the lock of this object held. */
  private volatile @Nullable Thread thread;

  public OnDemandThread(String name) {
    this(
        Thread.ofPlatform().daemon().name(name).inheritInheritableThreadLocals(false).factory(),
        new DelayQueue<>());
  }

  /** For tests, which let the creation of a thread or the allocation of a task fail. */
  OnDemandThread(ThreadFactory threads, DelayQueue<Task> tasks) {
    this.threads = threads;
    this.tasks = tasks;
  }

  /**
   * A command with the time at which it is due. Tasks due at the same time keep their order.
   *
   * <p>This is a class because comparing records leaves a soft reference to their class loader in
   * the JDK, and thus to an application that has been undeployed.
   */
  static final class Task implements Delayed {
    private final Runnable command;
    private final long due;
    private final long number;

    Task(Runnable command, long due, long number) {
      this.command = command;
      this.due = due;
      this.number = number;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      Task task = (Task) other;
      long later = due != task.due ? due - task.due : number - task.number;
      return Long.signum(later);
    }
  }

  /** Returns whether the calling thread is this one. */
  public boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  /**
   * Runs a command on this thread, even if it is closed, because a caller may wait for the command.
   *
   * @throws OutOfMemoryError if the heap is full or no thread can be created; the command is not
   *     run then
   */
  @Override
  public void execute(Runnable command) {
    var _ = submit(command, Duration.ZERO);
  }

  /**
   * Schedules a command. Running the returned object cancels it. Has no effect once this thread is
   * closed.
   *
   * @throws OutOfMemoryError as {@link #execute} does
   */
  public Runnable schedule(Runnable command, Duration delay) {
    if (closed) {
      return () -> {};
    }
    Task task = submit(command, delay);
    return () -> tasks.remove(task);
  }

  private Task submit(Runnable command, Duration delay) {
    Task task = new Task(command, System.nanoTime() + delay.toNanos(), submitted.getAndIncrement());
    tasks.add(task);
    try {
      requireThread();
    } catch (OutOfMemoryError e) {
      if (tasks.remove(task)) {
        throw e; // otherwise another caller's thread has taken it
      }
    }
    return task;
  }

  private synchronized void requireThread() {
    if (thread == null) {
      Thread created = threads.newThread(this::work);
      created.setContextClassLoader(classLoader);
      created.start();
      thread = created;
    }
  }

  private void work() {
    while (hasTasks()) { // at first waits for the lock, so that the first task knows its thread
      try {
        Task task = closed ? tasks.poll() : tasks.poll(IDLE_SECONDS, TimeUnit.SECONDS);
        if (task != null) {
          run(task.command);
        }
      } catch (InterruptedException _) {
        // A task has left an interrupt behind.
      } catch (Throwable _) {
        FullHeap.pause();
      }
    }
  }

  /** Returns whether there are tasks, and otherwise notes that this thread takes none any more. */
  private synchronized boolean hasTasks() {
    Task next = tasks.peek();
    if (next == null || (closed && next.getDelay(TimeUnit.NANOSECONDS) > 0)) {
      thread = null;
      return false;
    }
    return true;
  }

  /** Ends the thread after its pending tasks, without waiting for scheduled commands. */
  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      try {
        tasks.add(new Task(() -> {}, System.nanoTime(), submitted.getAndIncrement()));
      } catch (OutOfMemoryError _) {
        // It ends when it is idle.
      }
    }
  }

  private static void run(Runnable command) {
    try {
      command.run();
    } catch (Throwable thrown) {
      Thrown.error(LOG, Thread.currentThread().getName() + ": a task failed", thrown);
    }
  }
}
