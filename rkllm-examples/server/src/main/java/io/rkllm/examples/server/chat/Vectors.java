package io.rkllm.examples.server.chat;

import io.rkllm.ContextOverflowException;
import io.rkllm.RkllmModel;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.input.TextPrompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The embeddings of texts.
 *
 * @param vectors one vector for each text, in the order of the texts
 * @param promptTokens the number of tokens of all texts, including those reused by the runtime
 * @param loadTime the time for which the request waited for the model
 */
public record Vectors(List<float[]> vectors, int promptTokens, Duration loadTime) {
  /** Copies the list. */
  public Vectors {
    vectors = List.copyOf(vectors);
  }

  /** Collects vectors. Used by one thread. */
  static final class Builder {
    private final List<float[]> vectors = new ArrayList<>();
    private final Duration loadTime;
    private int promptTokens;

    Builder(Duration loadTime) {
      this.loadTime = loadTime;
    }

    /** Adds the vector of a text, or of as much of its beginning as fits the context. */
    void addTruncated(RkllmModel model, String text, EmbedOptions options) {
      for (String part = text; ; part = shortened(part)) {
        try {
          add(model, part, options);
          return;
        } catch (ContextOverflowException e) {
          if (part.length() < 2) {
            throw e;
          }
        }
      }
    }

    private static String shortened(String text) {
      int end = text.length() * 3 / 4;
      return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }

    /** Adds the vector of a text. The runtime returns a hidden state for each of its tokens. */
    void add(RkllmModel model, String text, EmbedOptions options) {
      promptTokens +=
          model.readHiddenStates(
              TextPrompt.of(text.isEmpty() ? " " : text),
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
