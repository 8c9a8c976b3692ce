package io.rkllm.input;

import java.nio.FloatBuffer;

/**
 * Looks up the embeddings of tokens, for a model that has no embedding layer of its own: {@code
 * LLMGetEmbedCallback}. Called on a native thread during a run; must not call the model. What it
 * throws fails the run.
 */
@FunctionalInterface
public interface EmbeddingLookup {
  /**
   * Fills in one row a token, in their order.
   *
   * @param tokenIds the tokens
   * @param rows {@code tokenIds.length × width} floats to fill to the last, at position 0; the
   *     width is the model's and follows from its capacity; valid only during the call
   */
  void embed(int[] tokenIds, FloatBuffer rows);
}
