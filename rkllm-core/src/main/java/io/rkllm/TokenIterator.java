package io.rkllm;

import java.time.Duration;
import java.util.Iterator;

/**
 * Reads a generation token by token; {@link #hasNext} and {@link #next} block until there is a
 * token or the end. Used by one thread at a time.
 *
 * <p>Both throw {@link InferenceException} when the generation failed, after all its tokens have
 * been read, {@link ModelClosedException} if its model was closed before the answer had ended, and
 * {@link InferenceException} when the thread is interrupted while it waits; an interrupted reader
 * has left the generation.
 */
public interface TokenIterator extends Iterator<Token>, AutoCloseable {

  /**
   * Blocks until {@link #hasNext} would not block, but not for longer than this.
   *
   * @param timeout how long to wait; zero or negative to look only
   * @return whether there is a token to read, or the end or failure of the generation; false if the
   *     time was over before
   * @throws InferenceException if the thread is interrupted meanwhile
   */
  boolean await(Duration timeout);

  /**
   * Leaves the generation. If this was its last reader and nobody asked for the result, its run is
   * aborted. Harmless after the end and when called again.
   */
  @Override
  void close();
}
