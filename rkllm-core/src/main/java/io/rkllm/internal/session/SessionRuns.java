package io.rkllm.internal.session;

import io.rkllm.GenerationOptions;
import io.rkllm.input.Input;
import io.rkllm.internal.run.ModelGeneration;
import io.rkllm.internal.run.Turn;

/** Starts the turns of a session. */
public interface SessionRuns {
  /** Starts a run of an input that was provided by the caller and must be checked. */
  ModelGeneration start(Input input, Turn turn, GenerationOptions options);

  /** Starts a run of what the turn renders. */
  ModelGeneration start(Turn turn, GenerationOptions options);

  /**
   * Rejects a call while the model is closed, or from inside a function that native code waits for.
   *
   * @throws IllegalStateException if the call is rejected
   */
  void refuseClosed(String call);
}
