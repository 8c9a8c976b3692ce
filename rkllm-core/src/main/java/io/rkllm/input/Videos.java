package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Videos, encoded by a vision encoder ({@code RKLLMMultiModalInput.video}). Requires {@link
 * io.rkllm.runtime.Capability#VIDEO}.
 *
 * @param embeddings {@code count × framesPerVideo × tokensPerFrame} rows of {@code embeddingWidth}
 *     floats, video by video, frame by frame
 * @param embeddingWidth the number of floats in a row, which is the model's embedding width
 * @param count the number of videos ({@code n_video})
 * @param framesPerVideo the number of frames in a video ({@code n_frame_per_video})
 * @param tokensPerFrame the number of rows of a frame ({@code n_frame_tokens})
 * @param width the width of a frame in pixels, which determines the position encoding
 * @param height the height of a frame in pixels
 */
public record Videos(
    NativeFloats embeddings,
    int embeddingWidth,
    int count,
    int framesPerVideo,
    int tokensPerFrame,
    int width,
    int height)
    implements Media {

  /**
   * Creates videos.
   *
   * @throws IllegalArgumentException if a number is not positive, or there are not {@code count ×
   *     framesPerVideo × tokensPerFrame} rows of embeddings
   */
  public Videos {
    Check.nonNull("embeddings", embeddings);
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    Check.inRange("framesPerVideo", framesPerVideo, 1, Integer.MAX_VALUE);
    Check.inRange("tokensPerFrame", tokensPerFrame, 1, Integer.MAX_VALUE);
    Check.inRange("width", width, 1, Integer.MAX_VALUE);
    Check.inRange("height", height, 1, Integer.MAX_VALUE);
    Check.rows(
        "embeddings",
        embeddings.length(),
        embeddingWidth,
        "videos",
        count,
        framesPerVideo,
        tokensPerFrame);
  }

  /** Returns a single video with a copy of its embeddings. */
  public static Videos of(
      float[] embeddings,
      int embeddingWidth,
      int frames,
      int tokensPerFrame,
      int width,
      int height) {
    return new Videos(
        NativeFloats.copyOf(embeddings), embeddingWidth, 1, frames, tokensPerFrame, width, height);
  }
}
