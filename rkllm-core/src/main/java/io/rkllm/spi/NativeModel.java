package io.rkllm.spi;

/**
 * A loaded model: one {@code LLMHandle}. All methods are called on the model's own thread, one at a
 * time, never after {@link #destroy} and never from inside an observer; only {@link #abort} comes
 * from other threads, and only while {@link #run} is under way. Arguments have been checked.
 */
public interface NativeModel {

  /**
   * Runs one generation: {@code rkllm_run}. Returns when native code has ended the run, which is
   * the terminal event; the observer hears nothing afterwards.
   *
   * @return what the C function returned, 0 for success
   */
  int run(RunRequest request, RunObserver observer);

  /** Asks the run under way to end before its next token: {@code rkllm_abort}. Returns at once. */
  void abort();

  /**
   * Clears the KV cache: {@code rkllm_clear_kv_cache} without ranges.
   *
   * @param keepSystemPrompt whether the system prompt stays in the cache
   * @return what the C function returned, 0 for success
   */
  int clearKvCache(boolean keepSystemPrompt);

  /**
   * How many positions each batch member holds in the KV cache: {@code rkllm_get_kv_cache_size}.
   */
  int[] kvCacheSizes();

  /**
   * Replaces the model's chat template and clears the KV cache: {@code rkllm_set_chat_template}.
   *
   * @return what the C function returned, 0 for success
   */
  int setChatTemplate(String systemPrompt, String prefix, String postfix);

  /** The context length in tokens that the model was loaded with. */
  int contextLength();

  /** The token limit the model was loaded with; −1 for none. */
  int maxNewTokens();

  /** Frees the model: {@code rkllm_destroy}, then all memory that native code was given. */
  void destroy();
}
