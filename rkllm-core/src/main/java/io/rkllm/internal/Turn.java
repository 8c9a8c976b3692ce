package io.rkllm.internal;

import io.rkllm.GenerationResult;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a generation runs, and what is remembered of it. Both methods are called on the model's
 * thread, one after the other, so that a turn that waited sees all that the turns before it left.
 */
@FunctionalInterface
interface Turn {

  /**
   * What to run, now that it is this turn's time. What it throws fails the generation before native
   * code is reached.
   */
  RunRequest begin(NativeModel model);

  /**
   * The run has ended, with a result or, after a failure, with null. Not called for a turn that
   * never began.
   */
  default void end(@Nullable GenerationResult result) {}
}
