package io.rkllm.examples.server.chat;

import io.rkllm.Sampling;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a generation in any dialect; null if the request does not set them.
 *
 * @param sampling the sampling parameters
 * @param maxNewTokens the token limit of the answer
 * @param stop the stop sequences
 * @param keepAlive the time for which the model stays loaded afterwards; negative for forever
 */
public record Settings(
    Sampling sampling,
    @Nullable Integer maxNewTokens,
    List<String> stop,
    @Nullable Duration keepAlive) {
  /** The settings of a request that sets none. */
  public static final Settings NONE = new Settings(Sampling.defaults(), null, List.of(), null);

  /** Copies the list. */
  public Settings {
    stop = List.copyOf(stop);
  }
}
