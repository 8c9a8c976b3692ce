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
 * How many floats an embedding of the model has. Native code takes that many for each token it is
 * told of, so embeddings of another width would make it read what is not there. The runtime does
 * not tell the width, but for hidden states; so where nobody has told it, a run of one token finds
 * out.
 */
public final class EmbeddingWidth {
  private static final int UNKNOWN = 0;
  private static final int MAX = 65_536; // as with RkllmModel.Builder.embeddingWidth

  private volatile int width;

  EmbeddingWidth(int width) {
    this.width = width;
  }

  /** Told by the user, or nothing yet. */
  static EmbeddingWidth ofNullable(@Nullable Integer width) {
    return new EmbeddingWidth(width == null ? UNKNOWN : width);
  }

  /** Takes the width that the model's file tells, unless it is known already. */
  public void suggest(int width) {
    if (this.width == UNKNOWN && width <= MAX) {
      this.width = width;
    }
  }

  /** The runtime has delivered hidden states of this width. */
  public void learn(int width) {
    this.width = width;
  }

  /**
   * Refuses an input of another width, as far as the model's is known.
   *
   * @throws IllegalArgumentException if it is another
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
          "%s must be rows of %d floats, the model's embedding width, but were given as rows of %d"
              .formatted(what, width, given));
    }
  }

  /**
   * The same on the model's thread, before the run: finds the width out if need be.
   *
   * @param mayRun whether a run to find it out would destroy nothing
   * @throws IllegalArgumentException if it is another
   * @throws IllegalStateException if it cannot be found out
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
   * The same where a run to find it out would destroy what the input goes on from.
   *
   * @throws IllegalArgumentException if it is another
   * @throws IllegalStateException if it is not known
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
        model.run(probe, new WidthObserver(this)); // an abort of the run before may have ended it
      }
    }
    if (width == UNKNOWN) {
      throw unknown();
    }
  }

  private static IllegalStateException unknown() {
    return new IllegalStateException(
        "the model's embedding width is not known, so embeddings cannot be checked; tell it with"
            + " RkllmModel.Builder.embeddingWidth (hidden_size in the model's config.json)");
  }
}
