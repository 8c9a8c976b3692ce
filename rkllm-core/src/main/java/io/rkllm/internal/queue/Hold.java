package io.rkllm.internal.queue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue that replaces the model's own queue while a generation is paused. The model's thread runs
 * only the jobs of the hold; all others wait.
 *
 * <p>A hold is over when it has been ended or the model is being closed. The model's thread returns
 * to its own queue after the last job of the hold. Thread-safe.
 */
public final class Hold {
  private final JobQueue queue;
  private final BlockingQueue<Job> jobs;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile @Nullable Job last;

  /**
   * @param jobs the queue of the hold's jobs, which is empty
   */
  Hold(JobQueue queue, BlockingQueue<Job> jobs) {
    this.queue = queue;
    this.jobs = jobs;
  }

  /** Returns whether the hold was ended. The model's thread may not have reached the end yet. */
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
   * Ends the hold with a job, after which the model's thread returns to its own queue.
   *
   * @return false if the hold was already over, so that the job will not run
   * @throws OutOfMemoryError if the heap is full; the hold then continues, because nothing else
   *     would end it
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

  /** Returns the next job. Called by the model's thread. */
  Job take() throws InterruptedException {
    Job job = jobs.take();
    if (job.equals(last)) {
      last = null; // the hold may be referenced for longer than its run
      queue.holdEnded();
    }
    return job;
  }

  /** Notifies the hold that the model is being closed. */
  void onModelClose() {
    over.set(true);
    try {
      jobs.forEach(JobQueue::signalClose);
    } finally {
      JobQueue.wake(jobs);
    }
  }
}
