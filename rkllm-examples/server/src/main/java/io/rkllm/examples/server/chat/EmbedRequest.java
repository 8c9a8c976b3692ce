package io.rkllm.examples.server.chat;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to embed texts.
 *
 * @param model the name of the model
 * @param texts the texts; an empty one is embedded as a space
 * @param normalize whether the vectors are scaled to length 1
 * @param truncate whether a text that is longer than the context is truncated rather than rejected
 * @param keepAlive the time for which the model stays loaded afterwards; negative for forever, null
 *     for the default
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
