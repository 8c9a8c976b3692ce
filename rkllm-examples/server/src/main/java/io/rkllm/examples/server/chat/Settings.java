package io.rkllm.examples.server.chat;

import io.rkllm.Sampling;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a generation, whatever the dialect; null where a request says nothing.
 *
 * @param sampling how tokens are chosen
 * @param maxNewTokens token limit of the answer
 * @param stop texts that end the answer
 * @param keepAlive how long the model stays loaded after it; negative for ever
 */
public record Settings(
    Sampling sampling,
    @Nullable Integer maxNewTokens,
    List<String> stop,
    @Nullable Duration keepAlive) {
  /** The settings of a request that says nothing. */
  public static final Settings NONE = new Settings(Sampling.defaults(), null, List.of(), null);

  /** Copies the list. */
  public Settings {
    stop = List.copyOf(stop);
  }
}
