package io.rkllm.examples.server.chat;

import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is being generated, read by one thread. It keeps its model loaded until it is
 * closed.
 *
 * <p>A slow reader does not delay the generation.
 */
public interface ChatAnswer extends AutoCloseable {

  /** Returns the name of the model. */
  String model();

  /**
   * Returns the requested features that this runtime does not support, such as {@code sampling}.
   */
  Set<String> ignored();

  /**
   * Returns whether the prompt is known to fit into the context. Otherwise, the first call of
   * {@link #next} may report that it is too long.
   */
  boolean isKnownToFit();

  /**
   * Returns the next event; {@link ChatEvent.Finished} is the last one. Blocks the caller for at
   * most the given time.
   *
   * @return the event, or null if there was none in time
   * @throws io.rkllm.RkllmException if the answer failed
   */
  @Nullable ChatEvent next(Duration wait);

  /** Returns the end of the answer. Must be called after the last event. */
  AnswerEnd end();

  /**
   * Cancels the answer. May be called from any thread. The last event follows soon. Does not block.
   */
  void cancel();

  /** Cancels the answer if it has not ended, and releases the model. */
  @Override
  void close();
}
