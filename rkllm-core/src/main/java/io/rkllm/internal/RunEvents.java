package io.rkllm.internal;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import java.time.Duration;

/**
 * Tells of one run: the listener, Flight Recorder, and the model's statistics. Called on whichever
 * thread moves the run on; never inside a callback of native code, but for {@link #firstToken}.
 */
final class RunEvents {
  private final ModelWorker worker;
  private final long run;
  private final long createdAt = System.nanoTime();
  private final JfrEvents.QueueWait queueWait;
  private final JfrEvents.Prefill prefill;
  private final JfrEvents.Generation generation;

  RunEvents(ModelWorker worker) {
    this.worker = worker;
    this.run = worker.nextRunNumber();
    this.queueWait = new JfrEvents.QueueWait(worker.name());
    this.prefill = new JfrEvents.Prefill(worker.name());
    this.generation = new JfrEvents.Generation(worker.name());
    queueWait.begin();
  }

  void started() {
    queueWait.commit();
    prefill.begin();
    generation.begin();
    Duration queueTime = Duration.ofNanos(System.nanoTime() - createdAt);
    worker.listener().tell(listener -> listener.onStart(run, queueTime));
  }

  /** On the native thread: only takes the time. */
  void firstToken() {
    prefill.end();
  }

  void stopped(Stop reason) {
    if (reason != Stop.STOP_SEQUENCE && reason != Stop.TOKEN_LIMIT) {
      new JfrEvents.Cancel(worker.name(), reason.name()).commit();
    }
  }

  void ended(Outcome outcome) {
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> ended(result);
      case Outcome.Failed(InferenceException failure) -> failed(failure);
    }
  }

  private synchronized void ended(GenerationResult result) {
    worker.stats().add(result);
    if (result.stats().generatedTokens() > 0) {
      prefill.promptTokens = result.stats().prefillTokens().orElse(0);
      prefill.commit();
    }
    generation.finishReason = result.finishReason().name();
    generation.generatedTokens = result.stats().generatedTokens();
    generation.tokensPerSecond = result.stats().tokensPerSecond();
    generation.commit();
    worker.listener().tell(listener -> listener.onEnd(run, result));
  }

  private void failed(InferenceException failure) {
    worker.stats().addFailure();
    new JfrEvents.Failure(worker.name(), String.valueOf(failure.getMessage())).commit();
    worker.listener().tell(listener -> listener.onFailure(run, failure));
  }
}
