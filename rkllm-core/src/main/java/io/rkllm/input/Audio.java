package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Audio clips, encoded by an audio encoder ({@code RKLLMMultiModalInput.audio}). Requires runtime
 * release 1.3.1 or later. The encoder runs separately, for example on the vendor's RKNN runtime.
 *
 * @param embeddings {@code count × tokensPerClip} rows of {@code embeddingWidth} floats, clip by
 *     clip
 * @param embeddingWidth the number of floats in a row, which is the model's embedding width
 * @param count the number of clips ({@code n_audio})
 * @param tokensPerClip the number of rows of a clip ({@code n_audio_tokens})
 */
public record Audio(NativeFloats embeddings, int embeddingWidth, int count, int tokensPerClip)
    implements Media {

  /**
   * Creates audio clips.
   *
   * @throws IllegalArgumentException if a number is not positive, or there are not {@code count ×
   *     tokensPerClip} rows of embeddings
   */
  public Audio {
    Check.nonNull("embeddings", embeddings);
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    Check.inRange("tokensPerClip", tokensPerClip, 1, Integer.MAX_VALUE);
    Check.rows(
        "embeddings", embeddings.length(), embeddingWidth, "audio clips", count, tokensPerClip);
  }

  /** Returns a single clip with a copy of its embeddings. */
  public static Audio of(float[] embeddings, int embeddingWidth, int tokens) {
    return new Audio(NativeFloats.copyOf(embeddings), embeddingWidth, 1, tokens);
  }
}
