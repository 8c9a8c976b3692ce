package io.rkllm.spi;

import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import java.nio.file.Path;

/**
 * A loaded model, which corresponds to an {@code LLMHandle}. All methods are called on the model's
 * own thread, one at a time, never after {@link #destroy} and never from inside an observer. The
 * exception is {@link #abort}, which is called on other threads, and only while {@link #run} is in
 * progress. Arguments have been validated.
 *
 * <p>Methods that return an int return the code of the C function, 0 for success. Any method except
 * {@link #abort} may throw {@link ModelLostException} if the model lives in another process.
 */
public interface NativeModel {

  /**
   * Performs a run ({@code rkllm_run}, or {@code rkllm_run_async} if the model was loaded for it).
   * Returns when native code has ended or paused the run. This return is the terminal event: the
   * observer is not called afterwards. A run that returns 0 but produced no token, no output and no
   * {@link RunObserver#onFinish} is treated as failed.
   */
  int run(RunRequest request, RunObserver observer);

  /**
   * Requests the current run to end before its next token ({@code rkllm_abort}). Returns
   * immediately.
   */
  void abort();

  /**
   * Clears the KV cache ({@code rkllm_clear_kv_cache} without ranges).
   *
   * @param keepSystemPrompt whether to keep the system prompt in the cache
   */
  int clearKvCache(boolean keepSystemPrompt);

  /**
   * Clears the positions [from, to) of each input's KV cache while a run is paused ({@code
   * rkllm_clear_kv_cache} with ranges).
   *
   * @param from the first position to clear, for each input
   * @param to the end of the range (exclusive), for each input
   */
  int clearKvCache(int[] from, int[] to);

  /**
   * Returns the number of positions in the KV cache for each input of a batch ({@code
   * rkllm_get_kv_cache_size}).
   *
   * @throws io.rkllm.RkllmException if the C function fails
   */
  int[] kvCacheSizes();

  /** Loads a LoRA adapter ({@code rkllm_load_lora}), which cannot be unloaded. */
  int loadLora(String name, Path file, float scale);

  /** Loads a prompt cache from a file ({@code rkllm_load_prompt_cache}). */
  int loadPromptCache(Path file);

  /** Releases the loaded prompt cache ({@code rkllm_release_prompt_cache}). */
  int releasePromptCache();

  /**
   * Replaces the model's chat template and clears the KV cache ({@code rkllm_set_chat_template}).
   */
  int setChatTemplate(ChatTemplate template);

  /** Declares tools through the model's own template ({@code rkllm_set_function_tools}). */
  int setFunctionTools(FunctionTools tools);

  /**
   * Sets the cross-attention data for later runs ({@code rkllm_set_cross_attn_params}). Keys and
   * values stay open until others are set or the model is destroyed. Mask and positions must be
   * retained by the implementation.
   */
  int setCrossAttention(CrossAttention crossAttention);

  /**
   * Returns the context length that the model was loaded with, in tokens, or 0 or less if it is
   * unknown.
   */
  int contextLength();

  /**
   * Returns the token limit per run that the model was loaded with, or 0 or less if there is none.
   */
  int maxNewTokens();

  /**
   * Destroys the model ({@code rkllm_destroy}) and then frees all memory that native code was
   * given.
   *
   * @throws io.rkllm.RkllmException if the C function fails; no memory is freed in this case
   */
  void destroy();
}
