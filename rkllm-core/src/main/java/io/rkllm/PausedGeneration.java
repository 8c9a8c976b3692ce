package io.rkllm;

import io.rkllm.input.Input;

/**
 * A paused generation. Its tokens so far are in the KV cache. Positions of the cache can be
 * removed, and the generation can be resumed with or without further input. A generation is paused
 * by returning 1 from the runtime's callback.
 *
 * <pre>{@code
 * generation.pause().ifPresent(paused -> {
 *   System.out.println(paused.text());
 *   System.out.println(paused.resume().text());
 * });
 * }</pre>
 *
 * <p>Until it is resumed or closed, a paused generation has exclusive use of the model. Generations
 * requested in the meantime wait in the queue. Calls that would have to wait indefinitely (logits,
 * hidden states, adapters, the KV cache, templates) are rejected. Resume or close the paused
 * generation, preferably in try-with-resources, before you wait for the text of another generation
 * on the same thread; otherwise that wait never ends.
 *
 * <p>A paused generation that the application drops together with its {@link Generation}, neither
 * resumed nor closed, is closed once the garbage collector has found it, with a warning in the log.
 * Do not rely on that.
 *
 * <p>Thread-safe. The methods block until the runtime has answered, except for {@link #resume} and
 * {@link #close}. Applications do not implement this interface; methods may be added.
 */
public interface PausedGeneration extends AutoCloseable {

  /**
   * Returns the text that was generated before the pause. Removing positions does not change it.
   */
  String text();

  /**
   * Returns the number of positions in the KV cache ({@code rkllm_get_kv_cache_size}).
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the generation was resumed or closed
   */
  int kvCacheSize();

  /**
   * Removes a range of positions from the KV cache ({@code rkllm_clear_kv_cache} with a range). The
   * cache holds the prompt with its template, followed by the generated tokens.
   *
   * @param from the first position to remove, at least 0
   * @param to the end of the range (exclusive), at most {@link #kvCacheSize}
   * @throws IllegalArgumentException if the range is empty or extends beyond the cache
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the generation was resumed or closed
   * @throws RkllmException if the runtime rejects the call
   */
  void clearKvCache(int from, int to);

  /**
   * Resumes the generation, with the same options. Returns immediately; the text of the returned
   * generation is the remainder only. Closing this object afterwards has no effect. If the resumed
   * run fails, the contents of the cache are lost and the generation cannot be resumed again.
   *
   * @throws ModelClosedException if the model is closed
   * @throws IllegalStateException if the generation was already resumed or closed
   */
  Generation resume();

  /**
   * Resumes the generation after appending an input to the contents of the cache; otherwise as
   * {@link #resume()}. It is undocumented how the runtime applies its template to text here; token
   * ids avoid the question.
   */
  Generation resume(Input input);

  /**
   * Discards the paused generation if it has not been resumed: clears the KV cache and lets waiting
   * generations run. Has no effect if it is already closed.
   */
  @Override
  void close();
}
