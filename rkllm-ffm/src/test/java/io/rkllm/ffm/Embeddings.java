package io.rkllm.ffm;

import io.rkllm.input.EmbeddingPrompt;

/** Computes the embedding rows of the simulator's vocabulary in the same way as the simulator. */
final class Embeddings {
  private static final int BITS = 0xFFFFFF;

  private Embeddings() {}

  /** Returns the rows of the tokens. */
  static EmbeddingPrompt prompt(int[] ids, int width) {
    float[] rows = new float[ids.length * width];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = value(ids[i / width], i % width);
    }
    return EmbeddingPrompt.of(rows, width);
  }

  /** Returns one float of the row of a token. */
  static float value(int id, int index) {
    int mixed = ((id + 1) * 0x9E3779 + index * 0x85EBCB) & BITS;
    mixed ^= mixed >>> 12;
    mixed = mixed * 0xC2B2AF & BITS;
    mixed ^= mixed >>> 12;
    return mixed / 8388608.0f - 1.0f;
  }
}
