package io.rkllm.internal.queue;

import io.rkllm.ModelBusyException;
import io.rkllm.RkllmModel;
import io.rkllm.internal.thread.FullHeap;
import io.rkllm.internal.thread.ModelThreads;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a model's thread, first come, first served: runs, which are bounded in number, and
 * short calls. The model is open as long as its queue is. Thread-safe.
 */
public final class JobQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /** Wakes the model's thread. */
  private static final Job NOTHING =
      new Job() {
        @Override
        public void run() {}

        @Override
        public void onModelClose() {}
      };

  private final String model;
  private final ModelThreads threads;
  private final int capacity;
  private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Semaphore places; // for the runs that wait and the one that runs or is paused
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable Hold hold; // set and cleared by the model's thread

  /**
   * @param capacity how many runs may wait
   */
  public JobQueue(String model, ModelThreads threads, int capacity) {
    this.model = model;
    this.threads = threads;
    this.capacity = capacity;
    this.places = new Semaphore(capacity + 1);
  }

  /** Returns the next job; for the model's thread. */
  public Runnable take() throws InterruptedException {
    Hold current = hold;
    return current == null ? jobs.take() : current.take();
  }

  // ---- Runs

  /**
   * Queues a run.
   *
   * @throws ModelBusyException if the queue is full
   * @throws IllegalStateException if the model is closed
   */
  public void add(Job run) {
    refuseClosed();
    if (!places.tryAcquire()) {
      LOG.warn("{}: refused a generation, {} wait already", model, capacity);
      throw new ModelBusyException(
          "the model's queue is full: one generation runs and %d wait. Try again later, or load the model with a larger queueCapacity."
              .formatted(capacity),
          capacity);
    }
    try {
      jobs.add(run);
    } catch (Throwable thrown) { // the heap is full
      places.release();
      throw thrown;
    }
  }

  /** Takes a run out that waited and was stopped; its place is free again. */
  public void remove(Job run) {
    jobs.remove(run);
    release();
  }

  /** Frees the place of a run that has ended. */
  public void release() {
    places.release();
  }

  // ---- Calls

  /**
   * Makes a call on the model's thread, after the jobs that wait already, and waits for it.
   *
   * @throws IllegalStateException if the model is closed, or a generation is paused, which would
   *     have it wait without end
   */
  public <T> T call(String what, Supplier<T> work) {
    return call(what, work, jobs, () -> refuseClosedOrPaused(what));
  }

  /**
   * Makes a call by way of the given jobs.
   *
   * @param refusal throws if the model's thread no longer takes these jobs
   */
  <T> T call(String what, Supplier<T> work, Queue<Job> to, Runnable refusal) {
    threads.refuseOwnThread(what);
    refusal.run();
    Call<T> call = new Call<>(what, work);
    to.add(call);
    try {
      refusal.run(); // things may have changed meanwhile
    } catch (IllegalStateException refused) {
      if (to.remove(call)) {
        throw refused;
      }
    }
    return call.await();
  }

  /** Has the model's thread do something after the jobs that wait already; does not wait for it. */
  public void post(Runnable work) {
    jobs.add(
        new Job() {
          @Override
          public void run() {
            work.run();
          }

          @Override
          public void onModelClose() {}
        });
  }

  /**
   * Refuses what would wait without end.
   *
   * @throws IllegalStateException if the model is closed or a generation is paused
   */
  public void refuseClosedOrPaused(String what) {
    refuseClosed();
    Hold current = hold;
    if (current != null && !current.isOver()) {
      throw new IllegalStateException(
          what
              + " would wait without end: a generation of this model is paused. Resume or close the"
              + " PausedGeneration first.");
    }
  }

  // ---- Pauses

  /**
   * Has the model's thread take its jobs from a hold until that is over. On the model's thread, by
   * a run that keeps its place.
   */
  public Hold hold() {
    Hold begun = new Hold(this);
    hold = begun;
    if (!isOpen()) {
      begun.onModelClose();
    }
    return begun;
  }

  /** The model's thread has taken the last job of the hold. */
  void holdEnded() {
    hold = null;
  }

  // ---- Closing

  /**
   * Blocks until no run waits, runs or is paused, or the model is being closed, at most this long.
   * Runs may still be added.
   */
  public void awaitIdle(Duration atMost) throws InterruptedException {
    if (places.tryAcquire(capacity + 1, atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      places.release(capacity + 1);
    }
  }

  /** Blocks until the model is being closed, at most this long. */
  public void awaitClose(Duration atMost) throws InterruptedException {
    var _ = closing.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns whether the model is open. */
  public boolean isOpen() {
    return open.get();
  }

  /** Closes the model to new jobs; returns true the first time. */
  public boolean close() {
    boolean first = open.compareAndSet(true, false);
    if (first) {
      closing.countDown();
      places.release(capacity + 1); // whoever waits for them need not any more
    }
    return first;
  }

  /** Tells all jobs that wait of the close, and wakes the model's thread. Does not block. */
  public void signalClose() {
    try {
      jobs.forEach(JobQueue::signalClose); // the run before them may never return
    } finally {
      Hold current = hold;
      if (current != null) {
        current.onModelClose();
      }
      wake(jobs);
    }
  }

  /** Has the model's thread look again. Nobody else would do it, so a full heap is waited for. */
  static void wake(Queue<Job> jobs) {
    while (true) {
      try {
        jobs.add(NOTHING);
        return;
      } catch (OutOfMemoryError _) {
        FullHeap.pause();
      }
    }
  }

  /** Tells one job. An exception of it must not keep the others from being told. */
  static void signalClose(Job job) {
    try {
      job.onModelClose();
    } catch (Throwable thrown) {
      LOG.error("A job that waits could not be told that its model is being closed", thrown);
    }
  }

  /**
   * Refuses work of a model that is closed.
   *
   * @throws IllegalStateException if it is
   */
  public void refuseClosed() {
    if (!isOpen()) {
      throw closed();
    }
  }

  static IllegalStateException closed() {
    return new IllegalStateException("the model is closed; load it again to use it");
  }
}
