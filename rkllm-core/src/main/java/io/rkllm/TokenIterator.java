package io.rkllm;

import java.util.Iterator;

/**
 * Reads a generation token by token; {@link #hasNext} and {@link #next} block until there is a
 * token or the end. Used by one thread at a time.
 *
 * <p>Both throw {@link InferenceException} when the generation failed, after all its tokens have
 * been read, and when the thread is interrupted while it waits; an interrupted reader has left the
 * generation.
 */
public interface TokenIterator extends Iterator<Token>, AutoCloseable {

  /**
   * Leaves the generation. If this was its last reader and nobody asked for the result, its run is
   * aborted. Harmless after the end and when called again.
   */
  @Override
  void close();
}
