package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the runs of one model, one at a time, on the model's own thread.
 *
 * <p>What a run is given lives in a confined arena. It is closed once native code has ended the run
 * for certain, which the return of {@code rkllm_run} tells; else it is leaked. Asynchronous runs
 * alone can leave that open:
 *
 * <pre>
 *             ended for certain                  the wait for its end broke off
 *           ┌──────────────────┐              ┌────────────────────────────────▶ LOST
 *           ▼                  │              │          no call is made any more
 *         ENDED ───────── a run by rkllm_run_async
 *           ▲                             │ counts as ended, but may be under way
 *           │   the runtime is idle       ▼
 *           └───────────────────────── UNCERTAIN   waits before the next call
 * </pre>
 */
final class ModelRuns {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /**
   * Numbers all runs of the process, so that a late callback of one is never taken for another's.
   */
  private static final AtomicLong lastRun = new AtomicLong();

  private final NativeLibrary library;
  private final Abi abi;
  private final ModelConfig config;
  private final MemorySegment param;
  private final Callbacks callbacks;
  private final ResultUpcall results;
  private final MemorySegment handle;

  /** What {@code rkllm_is_running} returns when no run is under way: releases differ. */
  private final int idle;

  private State state = State.ENDED;

  /** What is known of the end of the last run; see the diagram of the class. */
  private sealed interface State {
    State ENDED = new Ended();
    State LOST = new Lost();

    record Ended() implements State {}

    record Uncertain(String why) implements State {}

    record Lost() implements State {}
  }

  /**
   * What came of a run.
   *
   * @param code what the C function returned
   * @param calledBack whether native code has called back
   */
  private record Returned(int code, boolean calledBack) {}

  /**
   * @param param the {@code RKLLMParam} that the model was loaded with
   */
  ModelRuns(
      NativeLibrary library,
      Abi abi,
      ModelConfig config,
      MemorySegment param,
      Callbacks callbacks,
      MemorySegment handle) {
    this.library = library;
    this.abi = abi;
    this.config = config;
    this.param = param;
    this.callbacks = callbacks;
    this.results = callbacks.results();
    this.handle = handle;
    idle = callbacks.async() == null ? 0 : library.isRunning(handle);
  }

  /**
   * Makes one run and returns what the C function did. To be called after {@link #awaitIdle}, and
   * not when {@link #isLost}.
   */
  int run(RunRequest request, RunObserver observer) {
    Arena arena = Arena.ofConfined();
    try {
      SegmentAllocator memory = NativeMemory.withMargin(arena);
      MemorySegment inputs = CommonInputs.of(request.inputs(), abi, config, memory);
      MemorySegment inferParam = abi.inferParam(request, param, memory);
      long mark = OutputCapture.mark();
      Returned returned = call(inputs, inferParam, request.mode(), observer);
      report(returned, observer, mark);
      return returned.code();
    } finally {
      Reference.reachabilityFence(request); // embeddings in it may live as long as it is reachable
      release(arena, request);
    }
  }

  /** Has native code make the run, and the observer hear of it meanwhile. */
  private Returned call(
      MemorySegment inputs, MemorySegment inferParam, InferenceMode mode, RunObserver observer) {
    long number = lastRun.incrementAndGet();
    AsyncRuns async = callbacks.async();
    int code;
    boolean calledBack;
    results.begin(observer, mode, number);
    try {
      code =
          async == null
              ? library.run(handle, inputs, inferParam, number)
              : runAsync(async, inputs, inferParam, number);
    } finally {
      calledBack = results.end();
    }
    return new Returned(code, calledBack);
  }

  /** Has native code make the run on a thread of its own, and sees what becomes of it. */
  private int runAsync(
      AsyncRuns async, MemorySegment inputs, MemorySegment inferParam, long number) {
    State after = State.LOST;
    try {
      async.begin();
      int code = library.runAsync(handle, inputs, inferParam, number);
      after = code == 0 ? accepted(async) : refused(async, code);
      return code;
    } finally {
      state = after;
    }
  }

  private State accepted(AsyncRuns async) {
    return switch (async.awaitEnd(this::isRunning)) {
      case ENDED -> State.ENDED;
      case NEVER_SEEN ->
          new State.Uncertain(
              "rkllm_run_async returned 0, but the run gave no sign of life: no callback came, and"
                  + " the runtime did not say that it runs");
    };
  }

  private State refused(AsyncRuns async, int code) {
    return async.startsAnyway(this::isRunning)
        ? new State.Uncertain(
            "rkllm_run_async returned " + code + " for a run that has begun all the same")
        : State.ENDED;
  }

  /** Tells the observer what native code itself has not told it by callbacks. */
  private void report(Returned returned, RunObserver observer, long mark) {
    OutputCapture.flush();
    if (state instanceof State.Uncertain(String why) && returned.code() == 0) {
      observer.onError(why);
    }
    if (returned.code() != 0
        || results.failure() != ResultUpcall.Failure.NONE
        || !returned.calledBack()) {
      explain(observer, mark, returned.code());
    }
  }

  /** Frees what a run was given where native code reads it no more, and else leaks it. */
  private void release(Arena arena, RunRequest request) {
    switch (state) {
      case State.Ended _ -> arena.close();
      case State.Uncertain(String why) -> {
        keep(request);
        LOG.error("{}: it counts as ended, its input is not freed", why);
      }
      case State.Lost _ -> {
        keep(request);
        LOG.error(
            "it is not certain that native code has ended a run: its input is not freed, and the"
                + " model cannot be used any more");
      }
    }
  }

  /** Whether a run may be under way that nobody waits for: no call may be made any more. */
  boolean isLost() {
    return state instanceof State.Lost;
  }

  /**
   * Waits until native code is idle, where a run was counted as ended that may be under way: a call
   * beside it is not known to be safe. Does not return where the runtime says that it goes on and
   * on.
   */
  void awaitIdle() {
    if (state instanceof State.Uncertain) {
      while (isRunning()) {
        LockSupport.parkNanos(this, 1_000_000);
      }
      state = State.ENDED;
    }
  }

  private boolean isRunning() {
    return library.isRunning(handle) != idle;
  }

  /** Native code may yet read the inputs. */
  private static void keep(RunRequest request) {
    NativeLeak.keep(request);
    for (Input input : request.inputs()) {
      switch (input) {
        case EmbeddingPrompt prompt -> NativeLeak.keep(prompt.values().keepOpen());
        case MultimodalPrompt prompt ->
            prompt.media().forEach(media -> NativeLeak.keep(media.embeddings().keepOpen()));
        case TextPrompt _, RawPrompt _, TokenPrompt _ -> {}
      }
    }
  }

  /**
   * Passes on what native code printed about a failure, where that says more than its message, and
   * what to do then. Of a run without any callback, which may be a failure, errors alone.
   */
  private void explain(RunObserver observer, long mark, int code) {
    List<String> complaints = OutputCapture.complaintsSince(mark);
    if (results.failure() == ResultUpcall.Failure.WITH_MESSAGE) {
      complaints = complaints.stream().filter(CapturedLines::isOverflow).toList();
    } else if (code == 0 && results.failure() == ResultUpcall.Failure.NONE) {
      complaints = complaints.stream().filter(line -> !line.startsWith("W ")).toList();
    }
    if (!complaints.isEmpty()) {
      String remedies = Remedies.of(complaints);
      observer.onError(String.join("; ", complaints) + (remedies.isEmpty() ? "" : ". " + remedies));
    }
  }
}
