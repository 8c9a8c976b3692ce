package io.rkllm.internal.session;

import io.rkllm.GenerationOptions;
import io.rkllm.input.Input;
import io.rkllm.internal.run.ModelGeneration;
import io.rkllm.internal.run.Turn;

/** How a session starts its turns. */
public interface SessionRuns {
  /** Starts a run of an input that the caller gave, and that has to be checked. */
  ModelGeneration start(Input input, Turn turn, GenerationOptions options);

  /** Starts a run of what the turn renders. */
  ModelGeneration start(Turn turn, GenerationOptions options);

  /**
   * Refuses a call while the model is closed, or from inside a function that native code waits for.
   *
   * @throws IllegalStateException if it is refused
   */
  void refuseClosed(String call);
}
