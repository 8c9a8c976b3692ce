package io.rkllm.input;

/** Embeddings of one kind that a {@link MultimodalPrompt} carries beside its text. */
public sealed interface Media permits Images, Videos, Audio {
  /** Returns the rows of all of them, one after the other. */
  NativeFloats embeddings();

  /** Returns the number of floats in a row; the model's embedding width. */
  int embeddingWidth();

  /** Returns how many images, videos or audio clips there are. */
  int count();
}
