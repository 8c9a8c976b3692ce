package io.rkllm.internal.event;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import org.jspecify.annotations.Nullable;

/**
 * The Flight Recorder events of one run. They are either recorded from the start of the run or not
 * at all. Called on the thread that advances the run; may throw if the heap is full.
 */
final class JfrRun {
  private final String model;
  private final JfrEvents.QueueWait queueWait;
  private final JfrEvents.Prefill prefill;
  private final JfrEvents.Generation generation;
  private volatile boolean begun;
  private boolean prefillOver; // used by the threads of the run, one at a time

  private JfrRun(String model) {
    this.model = model;
    this.queueWait = new JfrEvents.QueueWait(model);
    this.prefill = new JfrEvents.Prefill(model);
    this.generation = new JfrEvents.Generation(model);
    queueWait.begin();
  }

  /** Returns the events of the next run of a model, or null if there is no recording. */
  static @Nullable JfrRun of(String model) {
    return JfrEvents.isEnabled() ? new JfrRun(model) : null;
  }

  void started() {
    begun = true;
    queueWait.commit();
    prefill.begin();
    generation.begin();
  }

  /** Records the time of the first token. Called on the native thread. */
  void firstToken() {
    if (!prefillOver) {
      prefillOver = true;
      prefill.end();
    }
  }

  void returned(int prefillTokens) {
    if (prefillOver) {
      prefill.promptTokens = prefillTokens;
      prefill.commit();
    }
  }

  void stopped(String reason) {
    new JfrEvents.Cancel(model, reason).commit();
  }

  /**
   * Records an answer, from the start of the run until now. Called once for each answer of a batch.
   */
  synchronized void ended(GenerationResult result) {
    if (begun) {
      generation.finishReason = result.finishReason().name();
      generation.generatedTokens = result.stats().generatedTokens();
      generation.tokensPerSecond = result.stats().tokensPerSecond();
      generation.end();
      generation.commit();
    }
  }

  void failed(InferenceException failure) {
    new JfrEvents.Failure(model, String.valueOf(failure.getMessage())).commit();
  }
}
