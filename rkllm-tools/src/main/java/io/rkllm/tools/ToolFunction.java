package io.rkllm.tools;

import org.jspecify.annotations.Nullable;

/**
 * The implementation of a tool.
 *
 * @param <A> the type of the arguments
 */
@FunctionalInterface
public interface ToolFunction<A> {
  /**
   * Does it, on the thread that calls the tool; by several at once if calls come in parallel.
   *
   * @return the result to send to the model, as described in {@link ToolSet#call}
   * @throws Exception if the tool fails
   */
  @Nullable Object call(A arguments) throws Exception;
}
