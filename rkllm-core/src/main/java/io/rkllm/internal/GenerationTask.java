package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one generation: it waits in the model's queue, runs, and ends, and may be stopped at
 * any point of the way.
 *
 * <p>The model's thread moves it from WAITING to RUNNING and on to ENDED. A stop from any thread
 * moves it from WAITING straight to ENDED, or leaves its reason for the model's thread to find and
 * has the run aborted. Whoever makes the step to ENDED publishes the outcome, so it is published
 * once.
 */
final class GenerationTask implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.Generation");

  /**
   * How long a stopped run may take to come back from native code before its readers are no longer
   * kept waiting.
   */
  private static final Duration STOP_GRACE = Duration.ofSeconds(10);

  private static final long OUT_OF_MEMORY_PAUSE_NANOS = 10_000_000;

  private enum Phase {
    WAITING,
    RUNNING,
    ENDED
  }

  private final ModelWorker worker;
  private final Turn turn;
  private final @Nullable Duration timeout;
  private final TokenLog log;
  private final RunRecorder recorder;
  private final CompletableFuture<GenerationResult> ended = new CompletableFuture<>();
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
  private volatile @Nullable Throwable fault;
  private final long createdAt = System.nanoTime();

  GenerationTask(ModelWorker worker, Turn turn, @Nullable Duration timeout) {
    this.worker = worker;
    this.turn = turn;
    this.timeout = timeout;
    this.log = new TokenLog(worker.watcher());
    this.recorder = new RunRecorder(this, log);
  }

  TokenLog log() {
    return log;
  }

  ModelWorker worker() {
    return worker;
  }

  /**
   * Completed after the log has ended; its dependents run on the model's thread, so nobody outside
   * gets it.
   */
  CompletableFuture<GenerationResult> ended() {
    return ended;
  }

  // ---- Stopping, from any thread

  /** Sees to it that the generation ends soon. The first reason counts. Does not block. */
  void stop(Stop reason) {
    if (phase.get() == Phase.ENDED || !stop.compareAndSet(null, reason)) {
      return;
    }
    if (phase.compareAndSet(Phase.WAITING, Phase.ENDED)) {
      worker.forget(this);
      publish(neverBegan(reason));
    } else {
      alarm(this::giveUpOnNativeCode, STOP_GRACE);
      abort();
    }
  }

  boolean stopRequested() {
    return stop.get() != null;
  }

  /** Whether nothing came of it, although nobody stopped it and no error was reported. */
  boolean gaveNothing() {
    return recorder.generated() == 0 && !recorder.errorReported() && !stopRequested();
  }

  /** From inside a callback: something was thrown there. */
  void faulted(Throwable thrown) {
    if (fault == null) {
      fault = thrown;
      stop(Stop.FAULT);
    }
  }

  /** Has the run aborted; also again, where native code goes on although it was told to stop. */
  void abort() {
    worker.aborter().execute(() -> worker.flight().abort(this));
  }

  /** From inside a callback: native code is about to end the run by itself. */
  void landing() {
    worker.flight().land();
  }

  void startTimeout() {
    if (timeout != null) {
      alarm(() -> stop(Stop.TIMED_OUT), timeout);
    }
  }

  private void alarm(Runnable action, Duration delay) {
    Runnable cancelAlarm = worker.watcher().schedule(action, delay);
    var _ = ended.whenComplete((result, thrown) -> cancelAlarm.run());
  }

  private void giveUpOnNativeCode() {
    if (phase.compareAndSet(Phase.RUNNING, Phase.ENDED)) {
      publish(
          stop.get() == Stop.TIMED_OUT
              ? timedOut()
              : failed(
                  "native code has not returned within "
                      + STOP_GRACE.toSeconds()
                      + " s after the generation was stopped. The model is busy until it does; if it"
                      + " never does, end the process."));
    }
  }

  // ---- The run, on the model's thread

  /** Runs to the end. Whatever goes wrong is the generation's outcome. */
  @Override
  public void run() {
    if (!phase.compareAndSet(Phase.WAITING, Phase.RUNNING)) {
      return; // stopped while it waited; whoever did it has published
    }
    Outcome outcome;
    try {
      outcome = runTurn(worker.model());
    } catch (Throwable thrown) {
      outcome = Outcome.lastResort(thrown);
    }
    worker.release();
    if (phase.compareAndSet(Phase.RUNNING, Phase.ENDED)) {
      publish(outcome);
    }
  }

  private Outcome runTurn(NativeModel model) {
    long startedAt = System.nanoTime();
    RunRequest request;
    try {
      request = turn.begin(model);
    } catch (Throwable thrown) {
      return Outcome.thrown("preparing the input", thrown, "");
    }
    Integer code = worker.flight().fly(this, request, recorder);
    if (code == null) {
      Stop reason = stop.get();
      return neverBegan(reason != null ? reason : Stop.MODEL_CLOSED);
    }
    if (phase.get() == Phase.RUNNING) {
      recorder.flush(); // the log of a generation that was given up on has ended
    }
    Outcome.Times times = new Outcome.Times(createdAt, startedAt, System.nanoTime());
    Outcome outcome = outcome(code, model, request, times);
    if (!request.keepHistory() && (stopRequested() || outcome instanceof Outcome.Failed)) {
      clearCache(model);
    }
    try {
      turn.end(outcome instanceof Outcome.Finished finished ? finished.result() : null);
    } catch (Throwable thrown) {
      return Outcome.thrown("keeping the history", thrown, text());
    }
    return outcome;
  }

  /** What a stopped or failed run leaves in the cache is not documented. */
  private void clearCache(NativeModel model) {
    int code = model.clearKvCache(true);
    if (code != 0) {
      LOG.warn("{}: rkllm_clear_kv_cache returned {} after a stopped run", worker.name(), code);
    }
  }

  private boolean lengthReached(NativeModel model, RunRequest request) {
    int limit = request.maxNewTokens() != null ? request.maxNewTokens() : model.maxNewTokens();
    if (limit > 0 && recorder.generated() >= limit) {
      return true;
    }
    try {
      int[] cacheSizes = model.kvCacheSizes();
      return cacheSizes.length > 0 && cacheSizes[0] >= model.contextLength() - 1;
    } catch (RkllmException e) {
      LOG.debug("{}: whether the context is full cannot be told", worker.name(), e);
      return false;
    }
  }

  private Outcome outcome(int code, NativeModel model, RunRequest request, Outcome.Times times) {
    if (fault != null) {
      return Outcome.thrown("a callback", fault, text());
    }
    Stop stopped = stop.get();
    if (stopped == Stop.TIMED_OUT) {
      return timedOut();
    }
    if (stopped != null) {
      return Outcome.finished(text(), FinishReason.CANCELLED, times, recorder);
    }
    if (code != 0 || recorder.errorReported()) {
      return Outcome.runFailed(code, recorder.errorWords(), text());
    }
    FinishReason reason = lengthReached(model, request) ? FinishReason.LENGTH : FinishReason.STOP;
    return Outcome.finished(text(), reason, times, recorder);
  }

  /** The text so far. */
  String text() {
    return log.text(log.size());
  }

  private Outcome neverBegan(Stop reason) {
    return switch (reason) {
      case TIMED_OUT -> timedOut();
      case MODEL_CLOSED -> failed("the model was closed before this generation began");
      case FAULT -> Outcome.thrown("a callback", Objects.requireNonNull(fault), "");
      case CANCELLED -> {
        long now = System.nanoTime();
        yield Outcome.finished(
            "", FinishReason.CANCELLED, new Outcome.Times(createdAt, now, now), recorder);
      }
    };
  }

  private Outcome timedOut() {
    Duration allowed = timeout == null ? Duration.ZERO : timeout;
    return new Outcome.Failed(
        new InferenceTimeoutException(
            "the generation did not end within "
                + allowed
                + ", waiting in the queue included; it was stopped",
            allowed,
            text()));
  }

  private Outcome failed(String message) {
    return new Outcome.Failed(
        new InferenceException(message, RkllmException.NO_CODE, text(), null));
  }

  private void publish(Outcome outcome) {
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> {
        complete(result, null);
        LOG.debug("{}: {}, {}", worker.name(), result.finishReason(), result.stats());
      }
      case Outcome.Failed(InferenceException failure) -> {
        complete(null, failure);
        LOG.warn("{}: {}", worker.name(), failure.getMessage());
      }
    }
  }

  /** Also when the heap is full at the moment: who waits for the end would wait for ever. */
  private void complete(@Nullable GenerationResult result, @Nullable InferenceException failure) {
    while (!ended.isDone()) {
      try {
        log.end(failure);
        if (failure == null) {
          ended.complete(result);
        } else {
          ended.completeExceptionally(failure);
        }
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(OUT_OF_MEMORY_PAUSE_NANOS);
      }
    }
  }
}
