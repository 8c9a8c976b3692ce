package io.rkllm.internal.run;

import io.rkllm.GenerationResult;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;

/**
 * Provides the request of a run and keeps its history. {@link #begin} and {@link #end} are called
 * on the model's thread, one after the other, so a turn that waited sees the results of all turns
 * before it.
 */
@FunctionalInterface
public interface Turn {

  /**
   * Returns the request, immediately before the run. If it throws, the run fails without calling
   * native code.
   */
  RunRequest begin(NativeModel model);

  /**
   * Called when the run has ended with a result. Not called for a turn that failed, was paused or
   * never started.
   */
  default void end(GenerationResult result) {}

  /** Returns whether the turn neither continues an earlier one nor is continued by a later one. */
  default boolean isStandalone() {
    return true;
  }

  /** Returns whether the runtime keeps the turn in its history ({@code keep_history} 1). */
  default boolean keptByRuntime() {
    return false;
  }
}
