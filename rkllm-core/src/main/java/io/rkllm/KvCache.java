package io.rkllm;

/**
 * The KV cache of a model: what it has processed and can go on from. It lives as long as its model.
 *
 * <p>Thread-safe. The methods wait for their turn in the model's queue and block until the runtime
 * has answered. Each throws {@link IllegalStateException} if the model is closed, or a generation
 * of it is paused. Applications do not implement it; methods may be added.
 */
public interface KvCache {

  /**
   * How many positions each input of a batch holds; one number where the model was loaded without
   * batches: {@code rkllm_get_kv_cache_size}.
   */
  int[] sizes();

  /**
   * Clears it: {@code rkllm_clear_kv_cache}. The next prompt is processed from its beginning.
   *
   * @throws IllegalStateException also if a session is open whose history it holds
   */
  void clear();

  /**
   * Clears all but the system prompt of the runtime's template; as {@link #clear}.
   *
   * @throws IllegalStateException as {@link #clear}
   */
  void clearKeepingSystemPrompt();
}
