package io.rkllm.spi;

import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import java.nio.file.Path;

/**
 * A loaded model: one {@code LLMHandle}. All methods are called on the model's own thread, one at a
 * time, never after {@link #destroy} and never from inside an observer; only {@link #abort} comes
 * from other threads, and only while {@link #run} is under way. Arguments have been checked.
 *
 * <p>Methods that return an int return what the C function did, 0 for success.
 */
public interface NativeModel {

  /**
   * Makes one run: {@code rkllm_run}, or {@code rkllm_run_async} where the model was loaded with
   * it. Returns when native code has ended or paused the run, which is the terminal event; the
   * observer hears nothing afterwards. A run that returns 0 without a token, an output or {@link
   * RunObserver#onFinish} has failed.
   */
  int run(RunRequest request, RunObserver observer);

  /** Asks the run under way to end before its next token: {@code rkllm_abort}. Returns at once. */
  void abort();

  /**
   * Clears the KV cache: {@code rkllm_clear_kv_cache} without ranges.
   *
   * @param keepSystemPrompt whether the system prompt stays in the cache
   */
  int clearKvCache(boolean keepSystemPrompt);

  /**
   * Clears positions [from, to) of each member's KV cache while a run is paused: {@code
   * rkllm_clear_kv_cache} with ranges.
   *
   * @param from first position to clear, one a member
   * @param to the one after the last, one a member
   */
  int clearKvCache(int[] from, int[] to);

  /**
   * How many positions each batch member holds in the KV cache: {@code rkllm_get_kv_cache_size}.
   *
   * @throws io.rkllm.RkllmException if the C function failed
   */
  int[] kvCacheSizes();

  /** Loads a LoRA adapter: {@code rkllm_load_lora}. There is no unload. */
  int loadLora(String name, Path file, float scale);

  /** Loads a prompt cache file: {@code rkllm_load_prompt_cache}. */
  int loadPromptCache(Path file);

  /** Drops the loaded prompt cache: {@code rkllm_release_prompt_cache}. */
  int releasePromptCache();

  /**
   * Replaces the model's chat template and clears the KV cache: {@code rkllm_set_chat_template}.
   */
  int setChatTemplate(ChatTemplate template);

  /** Declares tools to the model's own template: {@code rkllm_set_function_tools}. */
  int setFunctionTools(FunctionTools tools);

  /**
   * Sets what cross-attention reads from now on: {@code rkllm_set_cross_attn_params}. Keys and
   * values stay open until others are set or the model is destroyed; mask and positions are the
   * implementation's to keep.
   */
  int setCrossAttention(CrossAttention crossAttention);

  /** The context length in tokens that the model was loaded with; 0 or less if not known. */
  int contextLength();

  /** The token limit of a run that the model was loaded with; 0 or less for none. */
  int maxNewTokens();

  /**
   * Frees the model: {@code rkllm_destroy}, then all memory that native code was given.
   *
   * @throws io.rkllm.RkllmException if the C function failed; nothing is freed then
   */
  void destroy();
}
