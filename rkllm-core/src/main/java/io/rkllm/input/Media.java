package io.rkllm.input;

/**
 * Embeddings of images, videos or audio clips that accompany the text of a {@link
 * MultimodalPrompt}.
 */
public sealed interface Media permits Images, Videos, Audio {
  /** Returns the rows of all items, one after the other. */
  NativeFloats embeddings();

  /** Returns the number of floats in a row, which is the model's embedding width. */
  int embeddingWidth();

  /** Returns the number of images, videos or audio clips. */
  int count();
}
