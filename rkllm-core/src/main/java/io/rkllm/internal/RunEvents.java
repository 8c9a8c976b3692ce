package io.rkllm.internal;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.event.ModelListener;
import io.rkllm.spi.RunPerformance;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells of one run: the listener, Flight Recorder, and the model's statistics. Called on whichever
 * thread moves the run on. Where the heap is full or no thread can be made, it tells nothing: the
 * run must go on.
 */
final class RunEvents {
  private final ModelWorker worker;
  private final long run;
  private final long createdAt = System.nanoTime();
  private final JfrEvents.QueueWait queueWait;
  private final JfrEvents.Prefill prefill;
  private final JfrEvents.Generation generation;
  private volatile boolean begun;
  private boolean prefillOver; // used by the threads of the run, one at a time

  RunEvents(ModelWorker worker) {
    this.worker = worker;
    this.run = worker.nextRunNumber();
    this.queueWait = new JfrEvents.QueueWait(worker.name());
    this.prefill = new JfrEvents.Prefill(worker.name());
    this.generation = new JfrEvents.Generation(worker.name());
    queueWait.begin();
  }

  void started() {
    begun = true;
    Duration queueTime = Duration.ofNanos(System.nanoTime() - createdAt);
    contained(
        () -> {
          queueWait.commit();
          prefill.begin();
          generation.begin();
        });
    tell(listener -> listener.onStart(run, queueTime));
  }

  /** On the native thread: only takes the time. */
  void firstToken() {
    if (!prefillOver) {
      prefillOver = true;
      prefill.end();
    }
  }

  /** Native code has returned. */
  void returned(@Nullable RunPerformance performance) {
    if (prefillOver) {
      prefill.promptTokens = performance == null ? 0 : performance.prefillTokens();
      try {
        prefill.commit();
      } catch (Throwable _) {
        // the heap may be full
      }
    }
  }

  void stopped(Stop reason) {
    if (reason != Stop.STOP_SEQUENCE && reason != Stop.TOKEN_LIMIT) {
      contained(() -> new JfrEvents.Cancel(worker.name(), reason.name()).commit());
    }
  }

  void ended(Outcome outcome) {
    switch (outcome) {
      case Outcome.Finished(GenerationResult result) -> ended(result);
      case Outcome.Failed(InferenceException failure) -> failed(failure);
    }
  }

  private void ended(GenerationResult result) {
    contained(
        () -> {
          worker.stats().add(result);
          if (begun) {
            record(result);
          }
        });
    tell(listener -> listener.onEnd(run, result));
  }

  /** Each answer of a batch for itself: from the beginning of the run until now. */
  private synchronized void record(GenerationResult result) {
    generation.finishReason = result.finishReason().name();
    generation.generatedTokens = result.stats().generatedTokens();
    generation.tokensPerSecond = result.stats().tokensPerSecond();
    generation.end();
    generation.commit();
  }

  private void failed(InferenceException failure) {
    contained(
        () -> {
          worker.stats().addFailure();
          new JfrEvents.Failure(worker.name(), String.valueOf(failure.getMessage())).commit();
        });
    tell(listener -> listener.onFailure(run, failure));
  }

  private void tell(Consumer<ModelListener> event) {
    contained(() -> worker.listener().tell(event));
  }

  private static void contained(Runnable telling) {
    try {
      telling.run();
    } catch (Throwable _) {
      // there may not even be the memory to say so
    }
  }
}
