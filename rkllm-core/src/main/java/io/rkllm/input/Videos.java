package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Videos as a vision encoder has left them: {@code RKLLMMultiModalInput.video}. Needs {@link
 * io.rkllm.runtime.Capability#VIDEO}.
 *
 * @param embeddings {@code count × framesPerVideo × tokensPerFrame} rows of {@code embeddingWidth}
 *     floats, video by video, frame by frame
 * @param embeddingWidth floats in a row; the model's
 * @param count how many videos ({@code n_video})
 * @param framesPerVideo frames of one video ({@code n_frame_per_video})
 * @param tokensPerFrame rows of one frame ({@code n_frame_tokens})
 * @param width width of a frame in pixels; drives the position encoding
 * @param height height of a frame in pixels
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
   * Checks that the sizes agree.
   *
   * @throws IllegalArgumentException if one is not positive, or the embeddings are not {@code count
   *     × framesPerVideo × tokensPerFrame} rows
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

  /** One video, its embeddings copied once. */
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
