package io.rkllm.input;

import io.rkllm.internal.check.Check;

/**
 * Images, encoded by a vision encoder ({@code RKLLMMultiModalInput.image}). The encoder runs
 * separately, for example on the vendor's RKNN runtime.
 *
 * @param embeddings {@code count × tokensPerImage} rows of {@code embeddingWidth} floats, image by
 *     image
 * @param embeddingWidth the number of floats in a row, which is the model's embedding width
 * @param count the number of images ({@code n_image})
 * @param tokensPerImage the number of rows of an image ({@code n_image_tokens})
 * @param width the width of an image in pixels, which determines the position encoding
 * @param height the height of an image in pixels
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
   * Creates images.
   *
   * @throws IllegalArgumentException if a number is not positive, or there are not {@code count ×
   *     tokensPerImage} rows of embeddings
   */
  public Images {
    Check.nonNull("embeddings", embeddings);
    Check.inRange("count", count, 1, Integer.MAX_VALUE);
    Check.inRange("tokensPerImage", tokensPerImage, 1, Integer.MAX_VALUE);
    Check.inRange("width", width, 1, Integer.MAX_VALUE);
    Check.inRange("height", height, 1, Integer.MAX_VALUE);
    Check.rows("embeddings", embeddings.length(), embeddingWidth, "images", count, tokensPerImage);
  }

  /** Returns a single image with a copy of its embeddings. */
  public static Images of(
      float[] embeddings, int embeddingWidth, int tokensPerImage, int width, int height) {
    return new Images(
        NativeFloats.copyOf(embeddings), embeddingWidth, 1, tokensPerImage, width, height);
  }
}
