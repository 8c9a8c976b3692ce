package io.rkllm.internal;

import io.rkllm.ModelBusyException;
import io.rkllm.spi.NativeModel;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the model's thread is to do, first come, first served. While a run is paused, only what
 * belongs to the pause is done, and all else waits.
 */
final class JobQueue {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.RkllmModel");

  private static final long OUT_OF_MEMORY_PAUSE_NANOS = 10_000_000;

  private final ModelWorker worker;
  private final int capacity;
  private final LinkedBlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
  private final Semaphore places; // for the runs that wait and the one that runs or is paused
  private volatile @Nullable PausedRun paused; // set and cleared by the model's thread

  JobQueue(ModelWorker worker, int capacity) {
    this.worker = worker;
    this.capacity = capacity;
    this.places = new Semaphore(capacity + 1);
  }

  /** The next job; for the model's thread. */
  Runnable take() throws InterruptedException {
    PausedRun pause = paused;
    return pause == null ? jobs.take() : pause.take();
  }

  // ---- Runs

  /**
   * Queues a run.
   *
   * @throws ModelBusyException if the queue is full
   * @throws IllegalStateException if the model is closed
   */
  void submit(RunTask task) {
    if (!worker.isOpen()) {
      task.discard();
      throw worker.closed();
    }
    if (!places.tryAcquire()) {
      task.discard();
      LOG.warn("{}: refused a generation, {} wait already", worker.name(), capacity);
      throw new ModelBusyException(
          "the model's queue is full: one generation runs and %d wait. Try again later, or load the model with a larger"
                  .formatted(capacity)
              + " queueCapacity.",
          capacity);
    }
    try {
      jobs.add(task);
    } catch (Throwable thrown) { // the heap is full
      places.release();
      task.discard();
      throw thrown;
    }
    queued(task);
  }

  /** From here on it ends as a generation does, whatever happens. */
  void queued(RunTask task) {
    try {
      if (!worker.isOpen()) {
        task.stop(Stop.MODEL_CLOSED); // it may have come too late for beginClose to see it
      }
      task.startTimeout();
    } catch (Throwable thrown) {
      task.faulted(thrown); // no thread could be made for its timeout; nobody would have it
      throw thrown;
    }
  }

  /** A run that waited was stopped; its place is free again. */
  void forget(RunTask task) {
    jobs.remove(task);
    release();
  }

  /** A run has ended; its place is free again. */
  void release() {
    places.release();
  }

  // ---- Calls

  /**
   * Does something on the model's thread, after what waits already, and waits for it.
   *
   * @throws IllegalStateException if the model is closed, or a generation is paused, which would
   *     have it wait without end
   */
  <T> T call(String what, Function<NativeModel, T> work) {
    return call(what, work, jobs, () -> refuseClosedOrPaused(what));
  }

  /**
   * The same by way of a queue of its own.
   *
   * @param guard throws where the model's thread does not look into that queue any more
   */
  <T> T call(String what, Function<NativeModel, T> work, Queue<Runnable> to, Runnable guard) {
    worker.refuseOwnThread(what);
    guard.run();
    Call<T> call = new Call<>(what, worker, work);
    to.add(call);
    try {
      guard.run(); // what it guards against may have come meanwhile
    } catch (IllegalStateException refused) {
      if (to.remove(call)) {
        throw refused;
      }
    }
    return call.await();
  }

  /** Refuses what would wait without end. */
  void refuseClosedOrPaused(String what) {
    if (!worker.isOpen()) {
      throw worker.closed();
    }
    PausedRun pause = paused;
    if (pause != null && !pause.isOver()) {
      throw new IllegalStateException(
          what
              + " would wait without end: a generation of this model is paused. Resume or close the"
              + " PausedGeneration first.");
    }
  }

  // ---- Pauses

  /**
   * A run has paused: until it is resumed or abandoned, it has the model, and keeps its place. On
   * the model's thread.
   */
  PausedRun pause(RunTask run) {
    PausedRun pause = new PausedRun(worker, run);
    paused = pause;
    if (!worker.isOpen()) {
      pause.beginClose();
    }
    return pause;
  }

  /** Has the model's thread make the run that goes on from a pause; call {@link #queued} next. */
  void resume(RunTask resumed, Queue<Runnable> pauseQueue) {
    pauseQueue.add(
        () -> {
          paused = null;
          resumed.run();
          if (!resumed.flew()) {
            clearAfterPause(); // the cache still waits for it
          }
        });
  }

  /** Nothing goes on from a pause, whose place is free again. */
  void abandon(Queue<Runnable> pauseQueue) {
    pauseQueue.add(
        () -> {
          paused = null;
          clearAfterPause();
        });
    release();
  }

  private void clearAfterPause() {
    int code = worker.clearKvCache(false);
    if (code != 0) {
      LOG.warn("{}: rkllm_clear_kv_cache returned {} after a pause", worker.name(), code);
    }
  }

  // ---- Closing

  /** Stops the runs that wait, and lets the model's thread see that there will be no more. */
  void beginClose() {
    try {
      for (Runnable job : jobs) {
        switch (job) {
          case RunTask waiting -> stopWaiting(waiting);
          case Call<?> call -> call.fail(worker.closed()); // the run before it may never return
          default -> {}
        }
      }
    } finally {
      PausedRun pause = paused;
      if (pause != null) {
        pause.beginClose();
      }
      wake(jobs);
    }
  }

  /** Has the model's thread look again. Nobody else would do it, so a full heap is waited for. */
  static void wake(Queue<Runnable> queue) {
    while (true) {
      try {
        queue.add(JobQueue::nothing);
        return;
      } catch (OutOfMemoryError _) {
        LockSupport.parkNanos(OUT_OF_MEMORY_PAUSE_NANOS);
      }
    }
  }

  private static void nothing() {}

  /** Stops a run that waits. What that throws must not keep the close from the others. */
  void stopWaiting(RunTask waiting) {
    try {
      waiting.stop(Stop.MODEL_CLOSED);
    } catch (Throwable thrown) {
      LOG.error(
          "{}: a generation that waits could not be told of the close", worker.name(), thrown);
    }
  }

  /** No call will be made any more; whoever waits for one hears of it. */
  void refuseWaitingCalls() {
    for (Runnable job : jobs) {
      if (job instanceof Call<?> call) {
        call.fail(worker.closed());
      }
    }
  }
}
