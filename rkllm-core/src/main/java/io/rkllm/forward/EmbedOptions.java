package io.rkllm.forward;

import io.rkllm.LoraAdapter;
import io.rkllm.internal.check.Check;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options that determine how an embedding is computed from hidden states. Immutable. */
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

  /** The way in which the hidden states of all tokens are combined into one vector. */
  public enum Pooling {
    /**
     * Uses the hidden state of the last token, which is what most decoder models are trained for.
     */
    LAST_TOKEN,
    /** Uses the mean of the hidden states of all tokens. */
    MEAN
  }

  /** Returns options that use the last token's hidden state unchanged. */
  public static EmbedOptions defaults() {
    return DEFAULTS;
  }

  /** Returns a builder of options that use the last token's hidden state unchanged. */
  public static Builder builder() {
    return new Builder(ForwardOptions.builder());
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    return new Builder(forward.toBuilder()).pooling(pooling).normalize(normalize);
  }

  /** Returns how the hidden states of all tokens are combined. */
  public Pooling pooling() {
    return pooling;
  }

  /** Returns whether the embedding is scaled to length 1. */
  public boolean normalize() {
    return normalize;
  }

  /**
   * Returns the longest time that the computation may take, including the time in the queue, or
   * null if there is no limit.
   */
  public @Nullable Duration timeout() {
    return forward.timeout();
  }

  /** Returns the LoRA adapter, or null for the base model. */
  public @Nullable LoraAdapter lora() {
    return forward.lora();
  }

  /** Returns the options of the forward pass. */
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

  /** Returns all options and their values. */
  @Override
  public String toString() {
    return "EmbedOptions[pooling=%s, normalize=%s, timeout=%s, lora=%s]"
        .formatted(pooling, normalize, timeout(), lora());
  }

  /** Builder of {@link EmbedOptions}. */
  public static final class Builder {
    private final ForwardOptions.Builder forward;
    private Pooling pooling = Pooling.LAST_TOKEN;
    private boolean normalize;

    private Builder(ForwardOptions.Builder forward) {
      this.forward = forward;
    }

    /**
     * Sets how the hidden states of all tokens are combined; {@link Pooling#LAST_TOKEN} by default.
     */
    public Builder pooling(Pooling pooling) {
      this.pooling = Check.nonNull("pooling", pooling);
      return this;
    }

    /**
     * Sets whether the embedding is scaled to length 1, so that a dot product is the cosine
     * similarity; off by default.
     */
    public Builder normalize(boolean normalize) {
      this.normalize = normalize;
      return this;
    }

    /** Sets the timeout, as {@link ForwardOptions.Builder#timeout} does. */
    public Builder timeout(Duration timeout) {
      forward.timeout(timeout);
      return this;
    }

    /** Sets the LoRA adapter, as {@link ForwardOptions.Builder#lora} does. */
    public Builder lora(LoraAdapter lora) {
      forward.lora(lora);
      return this;
    }

    /** Returns the options that have been set. */
    public EmbedOptions build() {
      return new EmbedOptions(this);
    }
  }
}
