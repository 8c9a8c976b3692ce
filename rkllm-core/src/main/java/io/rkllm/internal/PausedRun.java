package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.PausedGeneration;
import io.rkllm.input.Input;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of a model between a pause and what follows it. As long as it lasts, the model's thread
 * takes its work from here, and all else waits in the model's own queue.
 */
final class PausedRun implements PausedGeneration {
  private final ModelWorker worker;
  private final RunTask run;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final AtomicBoolean over = new AtomicBoolean(); // resumed or closed
  private volatile @Nullable RunTask resumed;

  PausedRun(ModelWorker worker, RunTask run) {
    this.worker = worker;
    this.run = run;
  }

  /** What the model's thread does next. */
  Runnable take() throws InterruptedException {
    return queue.take();
  }

  /**
   * The model is being closed: stops what resumes, refuses what waits, wakes the model's thread.
   */
  void beginClose() {
    over.set(true);
    RunTask waiting = resumed;
    if (waiting != null) {
      worker.queue().stopWaiting(waiting);
    }
    try {
      for (Runnable job : queue) {
        if (job instanceof Call<?> call) {
          call.fail(worker.closed());
        }
      }
    } finally {
      JobQueue.wake(queue);
    }
  }

  /** Whether it was resumed or closed; the model's thread may not have come to it yet. */
  boolean isOver() {
    return over.get();
  }

  @Override
  public String text() {
    return run.answers().getFirst().text();
  }

  @Override
  public int kvCacheSize() {
    return call("kvCacheSize()", _ -> worker.kvCacheSizes()[0]);
  }

  @Override
  public void clearKvCache(int from, int to) {
    call(
        "clearKvCache()",
        model -> {
          int size = worker.kvCacheSizes()[0];
          if (from < 0 || from >= to || to > size) {
            throw new IllegalArgumentException(
                "the range must be in [0, %d], the positions of the KV cache, and not empty, was [%d, %d)"
                    .formatted(size, from, to));
          }
          NativeCodes.check(
              "rkllm_clear_kv_cache",
              model.clearKvCache(new int[] {from}, new int[] {to}),
              "the range could not be cleared");
          return from;
        });
  }

  private int call(String what, Function<NativeModel, Integer> work) {
    return worker.queue().call(what, work, queue, this::refuseOver);
  }

  @Override
  public Generation resume() {
    return resume(RunRequest.nothing(), List.of());
  }

  @Override
  public Generation resume(Input input) {
    Check.nonNull("input", input);
    refuseOver();
    MediaCheck.check(input, worker.config(), worker.runtime().info());
    worker.embeddingWidth().checkWithoutARun(input);
    return resume(RunRequest.of(input), List.of(input));
  }

  private Generation resume(RunRequest request, List<Input> inputs) {
    refuseOver();
    UserCallback.refuseInside("resume()");
    Leases leases = Leases.of(inputs);
    RunTask task =
        new RunTask(
            worker,
            _ -> request,
            run.plan().resumedAfter(run.answers().getFirst().recorder().generated()),
            1,
            leases);
    if (!over.compareAndSet(false, true)) {
      leases.close();
      throw refusal();
    }
    resumed = task;
    try {
      worker.queue().resume(task, queue);
    } catch (OutOfMemoryError full) {
      resumed = null;
      leases.close();
      over.set(false); // nothing else would end the pause
      throw full;
    }
    worker.queue().queued(task);
    return new ModelGeneration(task.answers().getFirst());
  }

  @Override
  public void close() {
    if (over.compareAndSet(false, true)) {
      try {
        worker.queue().abandon(queue);
      } catch (OutOfMemoryError full) {
        over.set(false); // closing it again may succeed, and nothing else would end the pause
        throw full;
      }
    }
  }

  private void refuseOver() {
    if (isOver() || !worker.isOpen()) {
      throw refusal();
    }
  }

  /** Why it is over: a model that is being closed comes first, and ends the pause then. */
  private IllegalStateException refusal() {
    return worker.isOpen()
        ? new IllegalStateException("the paused generation has been resumed or closed already")
        : worker.closed();
  }
}
