package io.rkllm.examples.server.chat;

import io.rkllm.input.Input;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts to make vectors of.
 *
 * @param model the name of the model
 * @param inputs texts or token ids
 * @param normalize whether the vectors have length 1
 * @param keepAlive how long the model stays loaded after it; negative for ever, null for the usual
 *     time
 */
public record EmbedRequest(
    String model, List<Input> inputs, boolean normalize, @Nullable Duration keepAlive) {
  /** Copies the list. */
  public EmbedRequest {
    inputs = List.copyOf(inputs);
  }
}
