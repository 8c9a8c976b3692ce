package io.rkllm.internal.forward;

import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.HiddenStates;

/** Combines the hidden states of a text into one vector. */
public final class EmbeddingPool {
  private EmbeddingPool() {}

  /** Returns the vector, which is a copy. */
  public static float[] pool(HiddenStates states, EmbedOptions options) {
    float[] vector =
        switch (options.pooling()) {
          case LAST_TOKEN -> states.last();
          case MEAN -> states.mean();
        };
    if (options.normalize()) {
      scaleToLengthOne(vector);
    }
    return vector;
  }

  private static void scaleToLengthOne(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    if (squares > 0) {
      double scale = 1 / Math.sqrt(squares);
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) (vector[i] * scale);
      }
    }
  }
}
