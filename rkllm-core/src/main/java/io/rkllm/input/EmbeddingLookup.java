package io.rkllm.input;

import java.nio.FloatBuffer;

/**
 * Looks up the embeddings of tokens, for a model without an embedding layer ({@code
 * LLMGetEmbedCallback}). Called on a native thread during a run. Must not call the model. If it
 * throws, the run fails.
 */
@FunctionalInterface
public interface EmbeddingLookup {
  /**
   * Stores one row for each token, in order.
   *
   * @param tokenIds the tokens
   * @param rows the buffer to fill completely, with {@code tokenIds.length × width} floats from
   *     position 0 on; the width is the model's and follows from the capacity. Valid only during
   *     the call
   */
  void embed(int[] tokenIds, FloatBuffer rows);
}
