package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Images as a vision encoder has left them: {@code RKLLMMultiModalInput.image}. The encoder runs
 * apart, for example by the vendor's RKNN runtime.
 *
 * @param embeddings {@code count × tokensPerImage} rows of {@code embeddingWidth} floats, image by
 *     image
 * @param embeddingWidth floats in a row; the model's
 * @param count how many images ({@code n_image})
 * @param tokensPerImage rows of one image ({@code n_image_tokens})
 * @param width width of an image in pixels; drives the position encoding
 * @param height height of an image in pixels
 */
public record Images(
    NativeFloats embeddings,
    int embeddingWidth,
    int count,
    int tokensPerImage,
    int width,
    int height)
    implements Media {

  /**
   * Checks that the sizes agree.
   *
   * @throws IllegalArgumentException if one is not positive, or the embeddings are not {@code count
   *     × tokensPerImage} rows
   */
  public Images {
    Check.nonNull("embeddings", embeddings);
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    Check.inRange("tokensPerImage", tokensPerImage, 1, Integer.MAX_VALUE);
    Check.inRange("width", width, 1, Integer.MAX_VALUE);
    Check.inRange("height", height, 1, Integer.MAX_VALUE);
    Check.rows("embeddings", embeddings.length(), embeddingWidth, "images", count, tokensPerImage);
  }

  /** One image, its embeddings copied once. */
  public static Images of(
      float[] embeddings, int embeddingWidth, int tokensPerImage, int width, int height) {
    return new Images(
        NativeFloats.copyOf(embeddings), embeddingWidth, 1, tokensPerImage, width, height);
  }
}
