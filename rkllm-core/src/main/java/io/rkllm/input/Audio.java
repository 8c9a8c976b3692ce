package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Audio clips as an audio encoder has left them: {@code RKLLMMultiModalInput.audio}, from runtime
 * release 1.3.1 on. The encoder runs apart, for example by the vendor's RKNN runtime.
 *
 * @param embeddings {@code count × tokensPerClip} rows of {@code embeddingWidth} floats, clip by
 *     clip
 * @param embeddingWidth floats in a row; the model's
 * @param count number of clips ({@code n_audio})
 * @param tokensPerClip rows of one clip ({@code n_audio_tokens})
 */
public record Audio(NativeFloats embeddings, int embeddingWidth, int count, int tokensPerClip)
    implements Media {

  /**
   * Checks that the sizes agree.
   *
   * @throws IllegalArgumentException if one is not positive, or the embeddings are not {@code count
   *     × tokensPerClip} rows
   */
  public Audio {
    Check.nonNull("embeddings", embeddings);
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    Check.inRange("tokensPerClip", tokensPerClip, 1, Integer.MAX_VALUE);
    Check.rows(
        "embeddings", embeddings.length(), embeddingWidth, "audio clips", count, tokensPerClip);
  }

  /** Returns one clip, its embeddings copied once. */
  public static Audio of(float[] embeddings, int embeddingWidth, int tokens) {
    return new Audio(NativeFloats.copyOf(embeddings), embeddingWidth, 1, tokens);
  }
}
