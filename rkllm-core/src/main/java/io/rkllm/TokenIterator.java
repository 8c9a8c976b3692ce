package io.rkllm;

import java.time.Duration;
import java.util.Iterator;

/**
 * An iterator over the tokens of a generation. {@link #hasNext} and {@link #next} block until a
 * token is available or the generation has ended. Not thread-safe.
 *
 * <p>If the generation failed, both methods throw {@link InferenceException} once all tokens have
 * been read; {@link ModelClosedException} if the model was closed before the answer was complete.
 * They also throw {@link InferenceException} if the thread is interrupted while waiting, which
 * detaches the iterator from the generation.
 */
public interface TokenIterator extends Iterator<Token>, AutoCloseable {

  /**
   * Waits until {@link #hasNext} would not block, but at most for the given time.
   *
   * @param timeout the longest time to wait; if zero or negative, the method does not wait
   * @return true if a token is available or the generation has ended or failed; false if the time
   *     elapsed first
   * @throws InferenceException if the thread is interrupted while waiting
   */
  boolean await(Duration timeout);

  /**
   * Detaches this reader from the generation. If it was the last reader and the result was never
   * requested, the run is aborted. Has no effect after the end or if already closed.
   */
  @Override
  void close();
}
