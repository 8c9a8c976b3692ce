package io.rkllm.forward;

import io.rkllm.internal.Check;

/**
 * How an embedding is made of the hidden states. Immutable.
 *
 * @param pooling which rows stand for the whole input
 * @param normalize whether to scale the embedding to length 1, so that a dot product is the cosine
 *     similarity
 * @param forward options of the forward pass
 */
public record EmbedOptions(Pooling pooling, boolean normalize, ForwardOptions forward) {
  private static final EmbedOptions DEFAULTS =
      new EmbedOptions(Pooling.LAST_TOKEN, false, ForwardOptions.defaults());

  /** Refuses null. */
  public EmbedOptions {
    Check.nonNull("pooling", pooling);
    Check.nonNull("forward", forward);
  }

  /** The last token's row as it is. */
  public static EmbedOptions defaults() {
    return DEFAULTS;
  }

  /** The same with this pooling. */
  public EmbedOptions withPooling(Pooling pooling) {
    return new EmbedOptions(pooling, normalize, forward);
  }

  /** The same, scaled to length 1 or not. */
  public EmbedOptions withNormalize(boolean normalize) {
    return new EmbedOptions(pooling, normalize, forward);
  }

  /** The same with these options of the forward pass. */
  public EmbedOptions withForward(ForwardOptions forward) {
    return new EmbedOptions(pooling, normalize, forward);
  }

  /** Which hidden states stand for the whole input. */
  public enum Pooling {
    /** The last token's, as most decoder models are trained. */
    LAST_TOKEN,
    /** The mean of all tokens'. */
    MEAN
  }
}
