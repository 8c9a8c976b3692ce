package io.rkllm;

import io.rkllm.input.Input;

/**
 * A generation that was paused: its tokens so far are in the KV cache, positions of which can be
 * cleared, and it can be resumed with more input or as it stands. The callback of the runtime
 * returned 1.
 *
 * <pre>{@code
 * generation.pause().ifPresent(paused -> {
 *   System.out.println(paused.text());
 *   System.out.println(paused.resume().text());
 * });
 * }</pre>
 *
 * <p>Until it is resumed or closed it has the model to itself: generations asked for meanwhile wait
 * in the queue, and what would have to wait without end (logits, hidden states, adapters, the KV
 * cache, templates) is refused. So resume or close it, best in try-with-resources, before you block
 * for the text of another generation on the same thread, which would wait without end.
 *
 * <p>One that the application drops together with its {@link Generation}, neither resumed nor
 * closed, is closed with a warning in the log once the garbage collector has found it. Do not rely
 * on that.
 *
 * <p>Thread-safe. Methods that ask the runtime block until it has answered, but for {@link #resume}
 * and {@link #close}. Applications do not implement it; methods may be added.
 */
public interface PausedGeneration extends AutoCloseable {

  /** The text that was generated before the pause. Removing positions does not change it. */
  String text();

  /**
   * How many positions the KV cache holds: {@code rkllm_get_kv_cache_size}.
   *
   * @throws IllegalStateException if it was resumed or closed, or its model is closed
   */
  int kvCacheSize();

  /**
   * Removes positions from the KV cache: {@code rkllm_clear_kv_cache} with a range. The prompt with
   * its template comes first, then the tokens so far.
   *
   * @param from the first position to remove, from 0
   * @param to the one after the last, at most {@link #kvCacheSize}
   * @throws IllegalArgumentException if the range is empty or beyond the cache
   * @throws IllegalStateException if it was resumed or closed, or its model is closed
   * @throws RkllmException if the runtime refuses
   */
  void clearKvCache(int from, int to);

  /**
   * Goes on where it stood, with the options of the paused generation. Returns at once; its text is
   * the rest alone. Closing this afterwards is harmless. If that run fails, the pause is over and
   * what the cache held is lost.
   *
   * @throws IllegalStateException if it was resumed or closed, or its model is closed
   */
  Generation resume();

  /**
   * Goes on after this input, which is put behind what is in the cache; as {@link #resume()}. What
   * the runtime's template does to a text here is not documented: token ids leave no doubt.
   */
  Generation resume(Input input);

  /**
   * Gives it up, if it has not been resumed: clears the KV cache and lets others run. Harmless when
   * called again.
   */
  @Override
  void close();
}
