package io.rkllm.examples.server.chat;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts to be embedded.
 *
 * @param model the name of the model
 * @param texts the texts; an empty one is embedded as a space
 * @param normalize whether the vectors have length 1
 * @param truncate whether a text that is longer than the context loses its end; else it is an error
 * @param keepAlive how long the model stays loaded after it; negative for ever, null for the usual
 *     time
 */
public record EmbedRequest(
    String model,
    List<String> texts,
    boolean normalize,
    boolean truncate,
    @Nullable Duration keepAlive) {
  /** Copies the list. */
  public EmbedRequest {
    texts = List.copyOf(texts);
  }
}
