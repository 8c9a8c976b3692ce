package io.rkllm;

/**
 * The KV cache of a model, which holds the attention state of the tokens processed so far. It is
 * usable until the model is closed.
 *
 * <p>Thread-safe. The methods wait for their turn in the model's queue and block until the runtime
 * has answered. Each throws {@link ModelClosedException} if the model is closed, and {@link
 * IllegalStateException} if a generation of it is paused. Applications do not implement this
 * interface; methods may be added.
 */
public interface KvCache {

  /**
   * Returns the number of positions in use for each input of a batch, or a single number if the
   * model was loaded without batches ({@code rkllm_get_kv_cache_size}).
   */
  int[] sizes();

  /**
   * Clears the cache ({@code rkllm_clear_kv_cache}). The next prompt is processed from its
   * beginning.
   *
   * @throws IllegalStateException also if a session is open whose history is in the cache
   */
  void clear();

  /**
   * Clears the cache except for the system prompt of the runtime's template; otherwise as {@link
   * #clear}.
   *
   * @throws IllegalStateException as {@link #clear}
   */
  void clearKeepingSystemPrompt();
}
