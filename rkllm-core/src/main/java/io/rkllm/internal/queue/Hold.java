package io.rkllm.internal.queue;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue that takes the place of the model's own one while a generation is paused: the model's
 * thread does only what is given to the hold, and all else waits.
 *
 * <p>A hold is over when it was ended or the model is being closed. The model's thread returns to
 * its own queue after the last job of the hold. Thread-safe.
 */
public final class Hold {
  private final JobQueue queue;
  private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile @Nullable Job last;

  Hold(JobQueue queue) {
    this.queue = queue;
  }

  /** Returns whether it was ended; the model's thread may not have come to that yet. */
  public boolean isOver() {
    return over.get();
  }

  /**
   * Makes a call on the model's thread and waits for it.
   *
   * @param refuseOver throws if the hold is over
   */
  public <T> T call(String what, Supplier<T> work, Runnable refuseOver) {
    return queue.call(what, work, jobs, refuseOver);
  }

  /**
   * Ends the hold with a job after which the model's thread returns to its own queue.
   *
   * @return false if it was over already, and the job was not taken
   * @throws OutOfMemoryError if the heap is full; the hold goes on then, since nothing else would
   *     end it
   */
  public boolean end(Job job) {
    if (!over.compareAndSet(false, true)) {
      return false;
    }
    last = job;
    try {
      jobs.add(job);
    } catch (OutOfMemoryError full) {
      last = null;
      over.set(false);
      throw full;
    }
    return true;
  }

  /** Returns the next job; for the model's thread. */
  Job take() throws InterruptedException {
    Job job = jobs.take();
    if (job.equals(last)) {
      queue.holdEnded();
    }
    return job;
  }

  /** The model is being closed. */
  void onModelClose() {
    over.set(true);
    try {
      jobs.forEach(JobQueue::signalClose);
    } finally {
      JobQueue.wake(jobs);
    }
  }
}
