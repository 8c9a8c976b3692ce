package io.rkllm.ffm;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the runs of one model, one at a time, on the model's own thread.
 *
 * <p>What a run is given lives in a confined arena that is closed when native code has ended the
 * run. Where that is not certain, which an asynchronous run alone can bring about, it is leaked.
 */
final class ModelRuns {
  private static final Logger log = LoggerFactory.getLogger(FfmModel.class);

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

  /** Why it is not certain that the last run has ended; null where it is. */
  private @Nullable String doubt;

  private boolean lost;

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

  /** Makes one run and returns what the C function did. */
  int run(RunRequest request, RunObserver observer) {
    Arena call = Arena.ofConfined();
    boolean ended = true;
    doubt = null;
    try {
      SegmentAllocator memory = NativeMemory.withMargin(call);
      MemorySegment inputs = CommonInputs.of(request.inputs(), abi, config, memory);
      MemorySegment inferParam = abi.inferParam(request, param, memory);
      long mark = OutputCapture.mark();
      long number = lastRun.incrementAndGet();
      boolean heard = false;
      results.begin(observer, request.mode(), number);
      int code;
      try {
        if (callbacks.async() == null) {
          code = library.run(handle, inputs, inferParam, number);
        } else {
          ended = false;
          code = runAsync(callbacks.async(), inputs, inferParam, number);
          ended = true;
        }
      } finally {
        heard = results.end();
      }
      OutputCapture.flush();
      if (doubt != null && code == 0) {
        observer.onError(doubt);
      }
      if (code != 0 || results.failure() != ResultUpcall.Failure.NONE || !heard) {
        explain(observer, mark, code);
      }
      return code;
    } finally {
      Reference.reachabilityFence(request); // embeddings in it may live as long as it is reachable
      if (ended && doubt == null) {
        call.close();
      } else {
        keep(request);
        lost = !ended;
        log.error(
            "{}: {}",
            doubt != null ? doubt : "it is not certain that native code has ended a run",
            ended
                ? "it counts as ended, its input is not freed"
                : "its input is not freed, and the model cannot be used any more");
      }
    }
  }

  private int runAsync(
      AsyncRuns async, MemorySegment inputs, MemorySegment inferParam, long number) {
    async.begin();
    int code = library.runAsync(handle, inputs, inferParam, number);
    if (code != 0) {
      if (async.heard() || isRunning()) {
        doubt = "rkllm_run_async returned " + code + " for a run that has begun all the same";
      }
    } else if (!async.awaitEnd(this::isRunning)) {
      doubt =
          "rkllm_run_async returned 0, but the run gave no sign of life: no callback came, and the"
              + " runtime did not say that it runs";
    }
    return code;
  }

  /** Whether a run may be under way that nobody waits for: no call may be made any more. */
  boolean lost() {
    return lost;
  }

  /**
   * Waits until native code is idle, where a run was counted as ended that may be under way: a call
   * beside it is not known to be safe. Does not return where the runtime says that it goes on and
   * on.
   */
  void settle() {
    while (doubt != null && isRunning()) {
      LockSupport.parkNanos(this, 1_000_000);
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
    if (results.failure() == ResultUpcall.Failure.WITH_WORDS) {
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
