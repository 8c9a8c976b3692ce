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

  private final NativeLibrary library;
  private final Abi abi;
  private final ModelConfig config;
  private final MemorySegment param;
  private final Callbacks callbacks;
  private final ResultUpcall results;
  private final MemorySegment handle;

  /** What {@code rkllm_is_running} returns when no run is under way: releases differ. */
  private final int idle;

  private long runs;
  private boolean certain = true; // whether the last run has ended, as far as can be told
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
    try {
      SegmentAllocator memory = NativeMemory.withMargin(call);
      MemorySegment inputs = CommonInputs.of(request.inputs(), abi, config, memory);
      MemorySegment inferParam = abi.inferParam(request, param, memory);
      long mark = OutputCapture.mark();
      runs++;
      results.begin(observer, request.mode(), runs);
      int code;
      try {
        if (callbacks.async() == null) {
          code = library.run(handle, inputs, inferParam, runs);
        } else {
          ended = false;
          code = runAsync(callbacks.async(), inputs, inferParam);
          ended = true;
        }
      } finally {
        results.end();
      }
      OutputCapture.flush();
      if (code != 0 || results.failure() != ResultUpcall.Failure.NONE) {
        explain(observer, mark);
      }
      return code;
    } finally {
      Reference.reachabilityFence(request); // embeddings in it may live as long as it is reachable
      if (ended && certain) {
        call.close();
      } else {
        keep(request);
        lost = !ended;
        log.error(
            ended
                ? "an asynchronous run gave no sign of life: it counts as ended, its input is not freed"
                : "it is not certain that native code has ended a run: its input is not freed, and the"
                    + " model cannot be used any more");
      }
    }
  }

  private int runAsync(AsyncRuns async, MemorySegment inputs, MemorySegment inferParam) {
    async.begin();
    int code = library.runAsync(handle, inputs, inferParam, runs);
    certain = code != 0 || async.awaitEnd(() -> library.isRunning(handle) != idle);
    return code;
  }

  /** Whether a run may be under way that nobody waits for: no call may be made any more. */
  boolean lost() {
    return lost;
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

  /** Passes on what native code printed about a failure, where that says more than its message. */
  private void explain(RunObserver observer, long mark) {
    List<String> complaints = OutputCapture.complaintsSince(mark);
    if (results.failure() == ResultUpcall.Failure.WITH_WORDS) {
      complaints = complaints.stream().filter(CapturedLines::isOverflow).toList();
    }
    if (!complaints.isEmpty()) {
      observer.onError(String.join("; ", complaints));
    }
  }
}
