package io.rkllm.tools;

import io.rkllm.tools.event.ToolSessionEvent;
import java.util.Iterator;

/**
 * Reads a {@link ToolGeneration} event by event; {@link #hasNext} and {@link #next} block until
 * there is an event or the end. Used by one thread at a time.
 *
 * <p>Both throw {@link io.rkllm.RkllmException} when the generation failed, after all its events
 * have been read, and when the thread is interrupted while it waits; an interrupted reader has left
 * the generation.
 */
public interface ToolEventIterator extends Iterator<ToolSessionEvent>, AutoCloseable {

  /**
   * Leaves the generation. If this was its last reader and the result was never requested, it is
   * cancelled. Harmless after the end and when called again.
   */
  @Override
  void close();
}
