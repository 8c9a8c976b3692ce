package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
  }

  /** Makes one run and returns what the C function did. */
  int run(RunRequest request, RunObserver observer) {
    Arena call = Arena.ofConfined();
    boolean ended = true;
    try {
      MemorySegment inputs = CommonInputs.of(request.inputs(), abi, config, call);
      MemorySegment inferParam = abi.inferParam(request, param, call);
      long mark = OutputCapture.mark();
      results.begin(observer, request.mode());
      int code;
      try {
        ended = callbacks.async() == null;
        code = ended ? library.run(handle, inputs, inferParam) : runAsync(inputs, inferParam);
        ended = true;
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
      if (ended) {
        call.close();
      } else {
        NativeLeak.keep(request);
        log.error("it is not certain that native code has ended a run: its input is not freed");
      }
    }
  }

  private int runAsync(MemorySegment inputs, MemorySegment inferParam) {
    AsyncRuns async = callbacks.async();
    if (async == null) {
      throw new IllegalStateException("the model was loaded for runs on its own thread");
    }
    async.begin();
    int code = library.runAsync(handle, inputs, inferParam);
    if (code == 0) {
      async.awaitEnd(() -> abi.running(library.isRunning(handle)));
    }
    return code;
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
