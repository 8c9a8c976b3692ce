package io.rkllm;

import java.nio.file.Path;

/**
 * A prompt cache that was loaded: prompts that begin as the saved one did are not processed again
 * from their beginning. Applies to generations that stand alone and to sessions under a chat
 * format.
 *
 * <p>Thread-safe. Lives until it is closed or its model is. Applications do not implement it.
 */
public interface PromptCache extends AutoCloseable {

  /** The file it was loaded from, absolute. */
  Path file();

  /**
   * Drops it: {@code rkllm_release_prompt_cache}. Blocks until the runtime has answered. While a
   * generation of the model is paused, and inside a callback, it does not block: the cache is
   * dropped afterwards. Harmless when called again or after the model was closed.
   *
   * @throws RkllmException if the runtime refuses, or the thread is interrupted meanwhile
   */
  @Override
  void close();
}
