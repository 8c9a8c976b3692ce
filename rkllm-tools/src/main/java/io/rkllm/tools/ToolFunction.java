package io.rkllm.tools;

import org.jspecify.annotations.Nullable;

/**
 * What a tool does.
 *
 * @param <A> what it is given
 */
@FunctionalInterface
public interface ToolFunction<A> {
  /**
   * Does it, on the thread that calls the tool; by several at once if calls come in parallel.
   *
   * @return what the model is told: see {@link ToolSet#call}
   * @throws Exception whatever goes wrong
   */
  @Nullable Object call(A arguments) throws Exception;
}
