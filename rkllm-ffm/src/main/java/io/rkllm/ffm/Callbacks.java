package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What native code can call of one model. The stubs belong to the model's arena and must outlive
 * the handle. Logs, on the model's own thread, what callbacks may not log themselves.
 */
final class Callbacks {
  private static final Logger log = LoggerFactory.getLogger(FfmModel.class);

  private final ResultUpcall results;
  private final @Nullable AsyncRuns async;
  private final @Nullable TokenizerUpcall tokenizer;
  private final @Nullable EmbeddingUpcall embedding;
  private int straysLogged;

  Callbacks(Abi abi, ModelConfig config) {
    results = new ResultUpcall(config.batchSize(), abi.outputRead());
    async = config.nativeAsync() ? new AsyncRuns(results) : null;
    tokenizer =
        config.tokenizer() == null ? null : new TokenizerUpcall(config.tokenizer(), results);
    embedding =
        config.embeddingLookup() == null
            ? null
            : new EmbeddingUpcall(config.embeddingLookup(), results);
  }

  /** The function pointers; they live as long as the arena. */
  Abi.Stubs stubs(Arena arena) {
    return new Abi.Stubs(
        async != null ? async.stub(arena) : results.stub(arena),
        tokenizer != null ? tokenizer.stub(arena) : MemorySegment.NULL,
        embedding != null ? embedding.stub(arena) : MemorySegment.NULL);
  }

  /** Hears of results. */
  ResultUpcall results() {
    return results;
  }

  /** Waits for asynchronous runs; null where the model makes none. */
  @Nullable AsyncRuns async() {
    return async;
  }

  /** Says what came outside of a run since it was last said. */
  void logStrays() {
    int strays = results.strays();
    if (strays != straysLogged) {
      log.warn("native code called back {} times outside of a run", strays - straysLogged);
      straysLogged = strays;
    }
    Throwable fault = results.takeStrayFault();
    if (fault != null) {
      log.warn("the model's tokenizer or embedding lookup failed outside of a run", fault);
    }
  }
}
