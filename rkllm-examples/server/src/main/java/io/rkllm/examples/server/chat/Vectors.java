package io.rkllm.examples.server.chat;

import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.input.Input;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What texts became.
 *
 * @param vectors one for each text, in their order
 * @param promptTokens tokens of all texts, those included that the runtime reused
 * @param loadTime how long it took to get the model
 */
public record Vectors(List<float[]> vectors, int promptTokens, Duration loadTime) {
  /** Copies the list. */
  public Vectors {
    vectors = List.copyOf(vectors);
  }

  /** Gathers them. Used by one thread. */
  static final class Builder {
    private final List<float[]> vectors = new ArrayList<>();
    private final Duration loadTime;
    private int promptTokens;

    Builder(Duration loadTime) {
      this.loadTime = loadTime;
    }

    /** The runtime gives a hidden state for each token, so their number is that of the tokens. */
    void add(RkllmModel model, Input input, EmbedOptions options) {
      promptTokens +=
          model.readHiddenStates(
              input,
              options.forward(),
              states -> {
                vectors.add(states.embedding(options));
                return states.rows();
              });
    }

    Vectors build() {
      return new Vectors(vectors, promptTokens, loadTime);
    }
  }
}
