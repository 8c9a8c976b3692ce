package io.rkllm.internal.run;

import io.rkllm.GenerationResult;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a run is given, and what is remembered of it. {@link #begin} and {@link #end} are called on
 * the model's thread, one after the other, so that a turn that waited sees all that the turns
 * before it left.
 */
@FunctionalInterface
public interface Turn {

  /**
   * What goes in, now that it is this turn's time. What it throws fails the run before native code
   * is reached.
   */
  RunRequest begin(NativeModel model);

  /**
   * The run has ended, with a result or, after a failure, with null. Not called for a turn that
   * never began or was paused.
   */
  default void end(@Nullable GenerationResult result) {}

  /** Whether nothing was said before it and nothing follows. */
  default boolean isStandalone() {
    return true;
  }

  /** Whether the runtime itself keeps it in its history ({@code keep_history} 1). */
  default boolean keptByRuntime() {
    return false;
  }
}
