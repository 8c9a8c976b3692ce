package io.rkllm.forward;

import io.rkllm.LoraAdapter;
import io.rkllm.internal.check.Check;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be chosen for a single forward pass. Immutable. */
public final class ForwardOptions {
  private static final ForwardOptions DEFAULTS = builder().build();

  private final @Nullable Duration timeout;
  private final @Nullable LoraAdapter lora;

  private ForwardOptions(Builder from) {
    timeout = from.timeout;
    lora = from.lora;
  }

  /** Nothing set. */
  public static ForwardOptions defaults() {
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
    copy.lora = lora;
    return copy;
  }

  /** How long it may take, waiting included; null: without limit. */
  public @Nullable Duration timeout() {
    return timeout;
  }

  /** The adapter it runs with; null: the base model. */
  public @Nullable LoraAdapter lora() {
    return lora;
  }

  /** Returns whether the other object has the same options and values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ForwardOptions that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(timeout, lora);
  }

  /** Such as {@code ForwardOptions[timeout=PT5S, lora=null]}. */
  @Override
  public String toString() {
    return "ForwardOptions[timeout=" + timeout + ", lora=" + lora + "]";
  }

  /** Builds {@link ForwardOptions}. */
  public static final class Builder {
    private @Nullable Duration timeout;
    private @Nullable LoraAdapter lora;

    private Builder() {}

    /**
     * How long it may take, waiting in the queue included. A forward pass cannot be interrupted:
     * past that the caller gets {@link io.rkllm.InferenceTimeoutException} at its end, ten seconds
     * later at most.
     *
     * @throws IllegalArgumentException if not positive
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Check.positive("timeout", timeout);
      return this;
    }

    /** The adapter it runs with: {@code RKLLMInferParam.lora_params}. */
    public Builder lora(LoraAdapter lora) {
      this.lora = Check.nonNull("lora", lora);
      return this;
    }

    /** The options as set so far. */
    public ForwardOptions build() {
      return new ForwardOptions(this);
    }
  }
}
