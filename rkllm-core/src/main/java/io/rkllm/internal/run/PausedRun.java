package io.rkllm.internal.run;

import io.rkllm.Generation;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmModel;
import io.rkllm.input.Input;
import io.rkllm.internal.callback.UserCallback;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.check.NativeCodes;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.queue.Hold;
import io.rkllm.internal.queue.Job;
import io.rkllm.internal.thread.FullHeap;
import io.rkllm.spi.RunRequest;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a model between a pause and the resumption or end of the run. During this time, the
 * model's thread runs only the calls made here.
 */
final class PausedRun implements PausedGeneration {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private final ModelParts parts;
  private final ModelHandle handle;
  private final RunTask run;
  private final Hold hold;
  private final Abandonment abandonment; // preallocated, because the heap may be full later

  private PausedRun(ModelParts parts, RunTask run, Hold hold) {
    this.parts = parts;
    this.handle = parts.handle();
    this.run = run;
    this.hold = hold;
    this.abandonment = new Abandonment(parts, hold);
  }

  /**
   * Starts a pause, which also ends when the application no longer references it. Called on the
   * model's thread, which waits while the heap is full.
   */
  static PausedRun begin(ModelParts parts, RunTask run) {
    while (true) {
      try {
        PausedRun paused = new PausedRun(parts, run, parts.queue().hold());
        parts.threads().watchDropped(paused, paused.abandonment::endDropped);
        return paused;
      } catch (OutOfMemoryError _) {
        FullHeap.pause();
      }
    }
  }

  @Override
  public String text() {
    return run.answers().getFirst().text();
  }

  @Override
  public int kvCacheSize() {
    return hold.call("kvCacheSize()", () -> handle.kvCacheSizes()[0], this::refuseOver);
  }

  @Override
  public void clearKvCache(int from, int to) {
    hold.call(
        "clearKvCache()",
        () -> {
          int size = handle.kvCacheSizes()[0];
          if (from < 0 || from >= to || to > size) {
            throw new IllegalArgumentException(
                "the range must be in [0, %d], the positions of the KV cache, and not empty, was [%d, %d)"
                    .formatted(size, from, to));
          }
          NativeCodes.check(
              "rkllm_clear_kv_cache",
              handle.model().clearKvCache(new int[] {from}, new int[] {to}),
              "the range could not be cleared");
          return from;
        },
        this::refuseOver);
  }

  @Override
  public Generation resume() {
    return resume(RunRequest.nothing(), List.of());
  }

  @Override
  public Generation resume(Input input) {
    Check.nonNull("input", input);
    refuseOver();
    MediaCheck.check(input, handle.config(), handle.runtime().info());
    handle.embeddingWidth().checkKnown(input);
    return resume(RunRequest.of(input), List.of(input));
  }

  private Generation resume(RunRequest request, List<Input> inputs) {
    refuseOver();
    UserCallback.refuseInside("resume()");
    Leases leases = Leases.of(inputs);
    RunTask resumed;
    boolean taken = false;
    try {
      int generated = run.answers().getFirst().recorder().generated();
      resumed = new RunTask(parts, _ -> request, run.plan().resumedAfter(generated), 1, leases);
      taken = hold.end(new Resumption(resumed));
    } finally {
      if (!taken) {
        leases.close();
      }
    }
    if (!taken) {
      throw refusal();
    }
    resumed.queued();
    return new ModelGeneration(resumed.answers().getFirst());
  }

  @Override
  public void close() {
    boolean _ = abandonment.end();
  }

  /** The run that resumes this one. */
  private final class Resumption implements Job {
    private final RunTask resumed;

    Resumption(RunTask resumed) {
      this.resumed = resumed;
    }

    @Override
    public void run() {
      resumed.run();
      if (!resumed.reachedNativeCode()) {
        clearCache(handle); // the runtime is still paused
      }
    }

    @Override
    public void onModelClose() {
      resumed.onModelClose();
    }
  }

  /** Gives up the paused run. Does not reference the pause, which it may outlive. */
  private record Abandonment(ModelParts parts, Hold hold) implements Job {
    /** Ends the pause. Returns false if it was already over. */
    boolean end() {
      boolean first = hold.end(this);
      if (first) {
        parts.queue().release();
      }
      return first;
    }

    /** Ends the pause. Waits while the heap is full, because nothing else would end it. */
    void endDropped() {
      while (true) {
        try {
          if (end()) {
            LOG.warn(
                "{}: a paused generation was dropped without close(); it is closed, so that others"
                    + " can run",
                parts.handle().name());
          }
          return;
        } catch (OutOfMemoryError _) {
          FullHeap.pause();
        }
      }
    }

    @Override
    public void run() {
      clearCache(parts.handle());
    }

    @Override
    public void onModelClose() {}
  }

  private static void clearCache(ModelHandle handle) {
    int code = handle.clearKvCache(false);
    if (code != 0) {
      LOG.warn("{}: rkllm_clear_kv_cache returned {} after a pause", handle.name(), code);
    }
  }

  private void refuseOver() {
    if (hold.isOver() || !parts.queue().isOpen()) {
      throw refusal();
    }
  }

  /**
   * Returns the reason why the pause is over. Closing the model takes precedence and ends the
   * pause.
   */
  private IllegalStateException refusal() {
    parts.queue().refuseClosed();
    return new IllegalStateException("the paused generation has been resumed or closed already");
  }
}
