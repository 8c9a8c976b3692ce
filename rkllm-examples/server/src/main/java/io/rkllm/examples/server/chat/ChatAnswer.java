package io.rkllm.examples.server.chat;

import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is being generated, read by one thread. It keeps its model loaded until it is
 * closed.
 *
 * <p>The generation does not wait for its reader.
 */
public interface ChatAnswer extends AutoCloseable {

  /** Returns the name of the model. */
  String model();

  /** Returns what the request asked for and this runtime lacks, such as {@code sampling}. */
  Set<String> ignored();

  /**
   * Returns the next event; {@link ChatEvent.Finished} is the last one. Blocks the caller for a
   * bounded time.
   *
   * @return null if there was none in time
   * @throws io.rkllm.RkllmException if the answer failed
   */
  @Nullable ChatEvent next(Duration wait);

  /** Returns how the answer ended; to be called after the last event. */
  AnswerEnd end();

  /** Cancels the answer, from any thread; its last event follows soon. Does not block. */
  void cancel();

  /** Cancels the answer if it has not ended, and releases the model. */
  @Override
  void close();
}
