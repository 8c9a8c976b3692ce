package io.rkllm.examples.server.chat;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts to make vectors of.
 *
 * @param model the name of the model
 * @param texts the texts
 * @param normalize whether the vectors have length 1
 * @param keepAlive how long the model stays loaded after it; negative for ever, null for the usual
 *     time
 */
public record EmbedRequest(
    String model, List<String> texts, boolean normalize, @Nullable Duration keepAlive) {
  /** Copies the list. */
  public EmbedRequest {
    texts = List.copyOf(texts);
  }
}
