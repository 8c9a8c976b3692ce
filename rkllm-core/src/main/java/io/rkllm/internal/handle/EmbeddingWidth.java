package io.rkllm.internal.handle;

import io.rkllm.input.Audio;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.Media;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Videos;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import org.jspecify.annotations.Nullable;

/**
 * The width of the model's embeddings. Native code reads this many floats for each token, so
 * embeddings of another width would make it read beyond their end. The runtime reports the width
 * only with hidden states. If the application has not set it, it is determined by a run of one
 * token.
 */
public final class EmbeddingWidth {
  private static final int UNKNOWN = 0;
  private static final int MAX = 65_536; // as with RkllmModel.Builder.embeddingWidth

  private volatile int width;

  EmbeddingWidth(int width) {
    this.width = width;
  }

  /** Returns the width set by the application, or an unknown width. */
  static EmbeddingWidth ofNullable(@Nullable Integer width) {
    return new EmbeddingWidth(width == null ? UNKNOWN : width);
  }

  /** Sets the width from the model's file, unless it is known already. */
  public void suggest(int width) {
    if (this.width == UNKNOWN && width <= MAX) {
      this.width = width;
    }
  }

  /** Records the width of hidden states that the runtime has delivered. */
  public void learn(int width) {
    this.width = width;
  }

  /**
   * Rejects an input of another width, if the model's width is known.
   *
   * @throws IllegalArgumentException if the width differs
   */
  public void check(Input input) {
    if (width == UNKNOWN) {
      return;
    }
    switch (input) {
      case EmbeddingPrompt prompt -> check("the embeddings", prompt.width());
      case MultimodalPrompt prompt -> prompt.media().forEach(this::check);
      default -> {}
    }
  }

  private void check(Media media) {
    String what =
        switch (media) {
          case Images _ -> "the images' embeddings";
          case Videos _ -> "the videos' embeddings";
          case Audio _ -> "the audio clips' embeddings";
        };
    check(what, media.embeddingWidth());
  }

  private void check(String what, int given) {
    if (given != width) {
      throw new IllegalArgumentException(
          "%s must have rows of %d floats, which is the model's embedding width, but have rows of %d"
              .formatted(what, width, given));
    }
  }

  /**
   * Rejects an input of another width before a run, determining the model's width if necessary.
   * Called on the model's thread.
   *
   * @param mayRun whether a run to determine the width would do no damage
   * @throws IllegalArgumentException if the width differs
   * @throws IllegalStateException if the model's width cannot be determined
   */
  public void require(RunRequest request, NativeModel model, boolean mayRun) {
    if (request.inputs().stream().noneMatch(EmbeddingWidth::hasEmbeddings)) {
      return;
    }
    if (width == UNKNOWN) {
      detect(model, mayRun, request.inputs().size());
    }
    request.inputs().forEach(this::check);
  }

  /**
   * Rejects an input of another width, or any embeddings if the model's width is unknown; used
   * where a run to determine the width would overwrite the contents of the KV cache.
   *
   * @throws IllegalArgumentException if the width differs
   * @throws IllegalStateException if the model's width is unknown
   */
  public void checkKnown(Input input) {
    if (hasEmbeddings(input) && width == UNKNOWN) {
      throw unknown();
    }
    check(input);
  }

  private static boolean hasEmbeddings(Input input) {
    return input instanceof EmbeddingPrompt || input instanceof MultimodalPrompt;
  }

  private void detect(NativeModel model, boolean mayRun, int inputs) {
    if (mayRun && inputs == 1) {
      RunRequest probe =
          RunRequest.of(TokenPrompt.of(0)).toBuilder()
              .mode(InferenceMode.LAST_HIDDEN_LAYER)
              .build();
      model.run(probe, new WidthObserver(this));
      if (width == UNKNOWN) {
        model.run(
            probe,
            new WidthObserver(
                this)); // an abort of the previous run may have ended the first attempt
      }
    }
    if (width == UNKNOWN) {
      throw unknown();
    }
  }

  private static IllegalStateException unknown() {
    return new IllegalStateException(
        "the model's embedding width is unknown, so embeddings cannot be checked; set it with"
            + " RkllmModel.Builder.embeddingWidth (hidden_size in the model's config.json)");
  }
}
