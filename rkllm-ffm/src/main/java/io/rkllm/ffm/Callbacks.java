package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import io.rkllm.spi.ModelConfig;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The callbacks of one model. Logs on the model's own thread what the callbacks must not log
 * themselves.
 */
final class Callbacks {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private final ResultUpcall results;
  private final @Nullable AsyncRuns async;
  private final CallbackPointers pointers;
  private int straysLogged;

  /**
   * @param loaded the parameters that the model is about to be loaded with
   */
  Callbacks(Abi abi, ModelConfig config, LoadParam loaded) {
    long rows = loaded.rowLimit();
    results = new ResultUpcall(config.batchSize(), abi.outputRead(), rows);
    async = config.nativeAsync() ? new AsyncRuns(results) : null;
    pointers =
        CallbackPointers.take(
            abi,
            async != null ? async.callback() : results.callback(),
            config.tokenizer() == null
                ? null
                : new TokenizerUpcall(config.tokenizer(), results).callback(),
            config.embeddingLookup() == null
                ? null
                : new EmbeddingUpcall(config.embeddingLookup(), results, rows).callback());
    results.prepared();
  }

  /** Returns the third argument of {@code rkllm_init}. */
  MemorySegment argument() {
    return pointers.argument();
  }

  /** Returns the receiver of results. */
  ResultUpcall results() {
    return results;
  }

  /** Returns the object that waits for asynchronous runs, or null if the model makes none. */
  @Nullable AsyncRuns async() {
    return async;
  }

  /** Logs the calls outside of a run since the last call of this method. */
  void logStrays() {
    int strays = results.strays();
    if (strays != straysLogged) {
      LOG.warn("native code called back {} times outside of a run", strays - straysLogged);
      straysLogged = strays;
    }
    int late = Stub.takeLateCalls();
    if (late > 0) {
      LOG.warn("native code called back {} times for models that have been destroyed", late);
    }
    Throwable fault = results.takeStrayFailure();
    if (fault != null) {
      LOG.warn("the model's tokenizer or embedding lookup failed outside of a run", fault);
    }
  }

  /** Closes the callbacks. No further calls are expected; any that occur are counted. */
  void close() {
    pointers.release();
    logStrays();
  }
}
