package io.rkllm;

import java.nio.file.Path;

/**
 * A loaded prompt cache. Prompts that begin like the saved one are not processed again from their
 * beginning. It applies to stand-alone generations and to sessions with a chat format.
 *
 * <p>Thread-safe. Usable until it or its model is closed. Applications do not implement this
 * interface.
 */
public interface PromptCache extends AutoCloseable {

  /** Returns the absolute path of the file that the cache was loaded from. */
  Path file();

  /**
   * Releases the prompt cache ({@code rkllm_release_prompt_cache}). Blocks until the runtime has
   * answered, except while a generation of the model is paused and inside callbacks, where the
   * cache is released later. Has no effect if it is already closed or its model is closed.
   *
   * @throws RkllmException if the runtime rejects the call, or the thread is interrupted while
   *     waiting
   */
  @Override
  void close();
}
