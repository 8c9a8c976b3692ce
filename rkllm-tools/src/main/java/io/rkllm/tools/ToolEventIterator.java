package io.rkllm.tools;

import io.rkllm.tools.event.ToolSessionEvent;
import java.util.Iterator;

/**
 * An iterator over the events of a {@link ToolGeneration}; {@link #hasNext} and {@link #next} block
 * until there is an event or the end. Used by one thread at a time.
 *
 * <p>Both throw {@link io.rkllm.RkllmException} if the generation failed, after all its events have
 * been read, and if the thread is interrupted while waiting; an interrupted reader no longer counts
 * as a reader.
 */
public interface ToolEventIterator extends Iterator<ToolSessionEvent>, AutoCloseable {

  /**
   * Detaches this reader from the generation. If this was its last reader and the result was never
   * requested, it is cancelled. Has no effect after the end or when called again.
   */
  @Override
  void close();
}
