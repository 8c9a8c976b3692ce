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
 * Performs the runs of one model, one at a time, on the model's own thread.
 *
 * <p>The memory of a run is in a confined arena. It is closed once native code has certainly ended
 * the run, which is when {@code rkllm_run} returns; otherwise it is leaked. Only the end of
 * asynchronous runs can be uncertain:
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
   * Numbers all runs of the process, so that a late callback is never attributed to another run.
   */
  private static final AtomicLong lastRun = new AtomicLong();

  private final NativeLibrary library;
  private final Abi abi;
  private final ModelConfig config;
  private final MemorySegment param;
  private final Callbacks callbacks;
  private final ResultUpcall results;
  private final MemorySegment handle;

  /**
   * The value of {@code rkllm_is_running} when no run is in progress, which depends on the release.
   */
  private final int idle;

  private State state = State.ENDED;

  /** The knowledge about the end of the last run; see the diagram of the class. */
  private sealed interface State {
    State ENDED = new Ended();
    State LOST = new Lost();

    record Ended() implements State {}

    record Uncertain(String why) implements State {}

    record Lost() implements State {}
  }

  /**
   * The result of a native call.
   *
   * @param code the return code of the C function
   * @param calledBack whether there was a callback
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
   * Performs one run and returns the code of the C function. Must be called after {@link
   * #awaitIdle}, and not if {@link #isLost}.
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
      Reference.reachabilityFence(request); // embeddings in it may be freed once it is unreachable
      release(arena, request);
    }
  }

  /** Calls native code and passes its callbacks to the observer. */
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

  /** Calls native code to run on its own thread, and waits for the end. */
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
              "rkllm_run_async returned 0, but the run did not start: there was no callback, and"
                  + " the runtime did not report it as running");
    };
  }

  private State refused(AsyncRuns async, int code) {
    return async.startsAnyway(this::isRunning)
        ? new State.Uncertain(
            "rkllm_run_async returned " + code + " for a run that has nevertheless started")
        : State.ENDED;
  }

  /** Reports to the observer what native code has not reported by callbacks. */
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

  /** Frees the memory of a run if native code no longer reads it, or leaks it. */
  private void release(Arena arena, RunRequest request) {
    switch (state) {
      case State.Ended _ -> arena.close();
      case State.Uncertain(String why) -> {
        keep(request);
        LOG.error("{}: the run is considered ended, and its input is not freed", why);
      }
      case State.Lost _ -> {
        keep(request);
        LOG.error(
            "it is uncertain whether native code has ended a run: its input is not freed, and the"
                + " model can no longer be used");
      }
    }
  }

  /**
   * Returns whether an abandoned run may still be in progress, so that no further calls are
   * allowed.
   */
  boolean isLost() {
    return state instanceof State.Lost;
  }

  /**
   * Waits until native code is idle after a run that was considered ended but may be in progress,
   * because concurrent calls are not known to be safe. Does not return while the runtime reports a
   * run in progress.
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

  /** Keeps the inputs open, because native code may still read them. */
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
   * Passes on the runtime's output about a failure, if it contains more than the error message,
   * together with a remedy. For a run without any callback, which may have failed, only errors are
   * passed on.
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
