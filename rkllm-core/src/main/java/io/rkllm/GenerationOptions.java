package io.rkllm;

import io.rkllm.internal.Check;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What can be chosen for a single generation. What is not set is as the model was loaded.
 * Immutable.
 */
public final class GenerationOptions {
  private static final GenerationOptions DEFAULTS = builder().build();

  private final @Nullable Duration timeout;
  private final @Nullable Integer maxNewTokens;
  private final @Nullable Sampling sampling;

  private GenerationOptions(Builder from) {
    timeout = from.timeout;
    maxNewTokens = from.maxNewTokens;
    sampling = from.sampling;
  }

  /** Nothing set. */
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  /** Nothing set. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.timeout = timeout;
    copy.maxNewTokens = maxNewTokens;
    copy.sampling = sampling;
    return copy;
  }

  /** How long the generation may take, waiting included; null: without limit. */
  public @Nullable Duration timeout() {
    return timeout;
  }

  /** How many tokens may be generated; null: as the model was loaded. */
  public @Nullable Integer maxNewTokens() {
    return maxNewTokens;
  }

  /** How tokens are chosen; null: as the model was loaded. */
  public @Nullable Sampling sampling() {
    return sampling;
  }

  /** Builds {@link GenerationOptions}. */
  public static final class Builder {
    private @Nullable Duration timeout;
    private @Nullable Integer maxNewTokens;
    private @Nullable Sampling sampling;

    private Builder() {}

    /**
     * How long the generation may take, from {@code generate()} on, waiting in the queue included.
     * Past that the run is aborted and {@link InferenceTimeoutException} is thrown to its readers,
     * as soon as native code has returned: after the token it is at, or at the end of the prefill,
     * which cannot be interrupted; ten seconds later at most.
     *
     * @throws IllegalArgumentException if not positive
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Check.positive("timeout", timeout);
      return this;
    }

    /**
     * How many tokens may be generated, in [1, 16384]: {@code RKLLMInferParam.max_new_tokens}.
     * Needs {@link io.rkllm.runtime.Capability#PER_RUN_MAX_NEW_TOKENS}.
     */
    public Builder maxNewTokens(int maxNewTokens) {
      this.maxNewTokens = Check.inRange("maxNewTokens", maxNewTokens, 1, 16_384);
      return this;
    }

    /**
     * How tokens are chosen: {@code RKLLMInferParam.sampling_params}. What it leaves unset is as
     * the model was loaded. Needs {@link io.rkllm.runtime.Capability#PER_RUN_SAMPLING}.
     */
    public Builder sampling(Sampling sampling) {
      this.sampling = Check.nonNull("sampling", sampling);
      return this;
    }

    /** The options as set so far. */
    public GenerationOptions build() {
      return new GenerationOptions(this);
    }
  }
}
