package io.rkllm.internal.queue;

import io.rkllm.ModelBusyException;
import io.rkllm.ModelClosedException;
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
 * The jobs of a model's thread in the order of submission: runs, whose number is bounded, and short
 * calls. The model is open as long as its queue is open. Thread-safe.
 */
public final class JobQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /** A job that only wakes the model's thread. */
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
  private final Semaphore places; // for the waiting runs and the one that is running or paused
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable Hold hold; // set and cleared by the model's thread

  /**
   * @param capacity the number of runs that may wait
   */
  public JobQueue(String model, ModelThreads threads, int capacity) {
    this.model = model;
    this.threads = threads;
    this.capacity = capacity;
    this.places = new Semaphore(capacity + 1);
  }

  /** Returns the next job. Called by the model's thread. */
  public Runnable take() throws InterruptedException {
    Hold current = hold;
    return current == null ? jobs.take() : current.take();
  }

  // ---- Runs

  /**
   * Queues a run.
   *
   * @throws ModelBusyException if the queue is full
   * @throws ModelClosedException if the model is closed
   */
  public void add(Job run) {
    refuseClosed();
    if (!places.tryAcquire()) {
      LOG.warn("{}: rejected a generation because {} are already waiting", model, capacity);
      throw new ModelBusyException(
          "the model's queue is full: one generation is running and %d are waiting. Try again later, or load the model with a larger queueCapacity."
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

  /** Removes a waiting run that was stopped, and frees its place. */
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
   * Makes a call on the model's thread, after all jobs that are already waiting, and waits for it.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if a generation is paused, because the call would then wait
   *     indefinitely
   */
  public <T> T call(String what, Supplier<T> work) {
    return call(what, work, jobs, () -> refuseClosedOrPaused(what));
  }

  /**
   * Makes a call through the given queue of jobs.
   *
   * @param refusal throws if the model's thread no longer runs these jobs
   */
  <T> T call(String what, Supplier<T> work, Queue<Job> to, Runnable refusal) {
    threads.refuseOwnThread(what);
    refusal.run();
    Call<T> call = new Call<>(what, work);
    to.add(call);
    try {
      refusal.run(); // the state may have changed in the meantime
    } catch (IllegalStateException | ModelClosedException refused) {
      if (to.remove(call)) {
        throw refused;
      }
    }
    return call.await();
  }

  /**
   * Runs a task on the model's thread after all jobs that are already waiting. Does not wait for
   * it.
   */
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
   * Rejects calls that would wait indefinitely.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if a generation is paused
   */
  public void refuseClosedOrPaused(String what) {
    refuseClosed();
    Hold current = hold;
    if (current != null && !current.isOver()) {
      throw new IllegalStateException(
          what
              + " would wait indefinitely: a generation of this model is paused. Resume or close"
              + " the PausedGeneration first.");
    }
  }

  // ---- Pauses

  /**
   * Makes the model's thread take its jobs from a hold until the hold is over. Called on the
   * model's thread by a run that keeps its place.
   */
  public Hold hold() {
    Hold begun = new Hold(this, new LinkedBlockingQueue<>());
    hold = begun;
    if (!isOpen()) {
      begun.onModelClose();
    }
    return begun;
  }

  /** Called when the model's thread has taken the last job of the hold. */
  void holdEnded() {
    hold = null;
  }

  // ---- Closing

  /**
   * Waits until no run is waiting, running or paused, the model is being closed, or the time is
   * over. Runs may still be added.
   *
   * @return false if the time elapsed first
   */
  public boolean awaitIdle(Duration atMost) throws InterruptedException {
    boolean idle = places.tryAcquire(capacity + 1, atMost.toNanos(), TimeUnit.NANOSECONDS);
    if (idle) {
      places.release(capacity + 1);
    }
    return idle;
  }

  /** Waits until the model is being closed or the time is over. */
  public void awaitClose(Duration atMost) throws InterruptedException {
    var _ = closing.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns whether the model is open. */
  public boolean isOpen() {
    return open.get();
  }

  /** Closes the queue to new jobs. Returns true on the first call. */
  public boolean close() {
    boolean first = open.compareAndSet(true, false);
    if (first) {
      closing.countDown();
      places.release(capacity + 1); // wakes threads that wait for places
    }
    return first;
  }

  /**
   * Notifies all waiting jobs that the model is being closed, and wakes the model's thread. Does
   * not block.
   */
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

  /**
   * Wakes the model's thread. Retries while the heap is full, because nothing else would wake it.
   */
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

  /** Notifies a job. An exception must not keep other jobs from being notified. */
  static void signalClose(Job job) {
    try {
      job.onModelClose();
    } catch (Throwable thrown) {
      LOG.error("A waiting job could not be notified that its model is being closed", thrown);
    }
  }

  /**
   * Rejects work if the model is closed.
   *
   * @throws ModelClosedException if the model is closed
   */
  public void refuseClosed() {
    if (!isOpen()) {
      throw closed();
    }
  }

  static ModelClosedException closed() {
    return new ModelClosedException("the model is closed; load it again to use it", "");
  }
}
