package io.rkllm.examples.server.chat;

import io.rkllm.tools.event.ChatEvent;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer on its way, read by one thread. It keeps its model loaded until it is closed.
 *
 * <p>The generation does not wait for who reads it.
 */
public interface ChatAnswer extends AutoCloseable {

  /** The model that answers. */
  String model();

  /** What the request asked for and this runtime cannot do, such as {@code sampling}. */
  Set<String> ignored();

  /**
   * The next event; {@link ChatEvent.Finished} is the last one. Blocks, but not for longer than
   * this.
   *
   * @return null if there was none in time
   * @throws io.rkllm.RkllmException if the answer failed
   */
  @Nullable ChatEvent next(Duration wait);

  /** How it ended; after the last event. */
  AnswerEnd end();

  /** Ends it soon, from any thread; its reader then comes to the last event. Does not block. */
  void cancel();

  /** Cancels it if it has not ended, and gives the model back. */
  @Override
  void close();
}
