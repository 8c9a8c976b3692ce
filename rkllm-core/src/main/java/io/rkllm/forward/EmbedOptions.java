package io.rkllm.forward;

import io.rkllm.LoraAdapter;
import io.rkllm.internal.check.Check;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an embedding is made of the hidden states. Immutable. */
public final class EmbedOptions {
  private static final EmbedOptions DEFAULTS = builder().build();

  private final Pooling pooling;
  private final boolean normalize;
  private final ForwardOptions forward;

  private EmbedOptions(Builder from) {
    pooling = from.pooling;
    normalize = from.normalize;
    forward = from.forward.build();
  }

  /** Which hidden states stand for the whole input. */
  public enum Pooling {
    /** The last token's, as most decoder models are trained. */
    LAST_TOKEN,
    /** The mean of all tokens'. */
    MEAN
  }

  /** The last token's row as it is. */
  public static EmbedOptions defaults() {
    return DEFAULTS;
  }

  /** The last token's row as it is. */
  public static Builder builder() {
    return new Builder(ForwardOptions.builder());
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    return new Builder(forward.toBuilder()).pooling(pooling).normalize(normalize);
  }

  /** Which hidden states stand for the whole input. */
  public Pooling pooling() {
    return pooling;
  }

  /** Whether the embedding is scaled to length 1. */
  public boolean normalize() {
    return normalize;
  }

  /** How long it may take, waiting included; null: without limit. */
  public @Nullable Duration timeout() {
    return forward.timeout();
  }

  /** The adapter it runs with; null: the base model. */
  public @Nullable LoraAdapter lora() {
    return forward.lora();
  }

  /** The options of the forward pass. */
  public ForwardOptions forward() {
    return forward;
  }

  /** Returns whether the other object has the same options and values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EmbedOptions that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(pooling, normalize, forward);
  }

  /** All options and their values. */
  @Override
  public String toString() {
    return "EmbedOptions[pooling=%s, normalize=%s, timeout=%s, lora=%s]"
        .formatted(pooling, normalize, timeout(), lora());
  }

  /** Builds {@link EmbedOptions}. */
  public static final class Builder {
    private final ForwardOptions.Builder forward;
    private Pooling pooling = Pooling.LAST_TOKEN;
    private boolean normalize;

    private Builder(ForwardOptions.Builder forward) {
      this.forward = forward;
    }

    /** Which hidden states stand for the whole input; {@link Pooling#LAST_TOKEN} by default. */
    public Builder pooling(Pooling pooling) {
      this.pooling = Check.nonNull("pooling", pooling);
      return this;
    }

    /**
     * Whether to scale the embedding to length 1, so that a dot product is the cosine similarity;
     * off by default.
     */
    public Builder normalize(boolean normalize) {
      this.normalize = normalize;
      return this;
    }

    /** As {@link ForwardOptions.Builder#timeout}. */
    public Builder timeout(Duration timeout) {
      forward.timeout(timeout);
      return this;
    }

    /** As {@link ForwardOptions.Builder#lora}. */
    public Builder lora(LoraAdapter lora) {
      forward.lora(lora);
      return this;
    }

    /** The options as set so far. */
    public EmbedOptions build() {
      return new EmbedOptions(this);
    }
  }
}
