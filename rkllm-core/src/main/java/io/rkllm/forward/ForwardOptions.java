package io.rkllm.forward;

import io.rkllm.LoraAdapter;
import io.rkllm.internal.check.Check;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options of a single forward pass. Immutable. */
public final class ForwardOptions {
  private static final ForwardOptions DEFAULTS = builder().build();

  private final @Nullable Duration timeout;
  private final @Nullable LoraAdapter lora;

  private ForwardOptions(Builder from) {
    timeout = from.timeout;
    lora = from.lora;
  }

  /** Returns options of which none is set. */
  public static ForwardOptions defaults() {
    return DEFAULTS;
  }

  /** Returns a builder with no options set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.timeout = timeout;
    copy.lora = lora;
    return copy;
  }

  /**
   * Returns the longest time that the forward pass may take, including the time in the queue, or
   * null if there is no limit.
   */
  public @Nullable Duration timeout() {
    return timeout;
  }

  /** Returns the LoRA adapter, or null for the base model. */
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

  /** Returns a string such as {@code ForwardOptions[timeout=PT5S, lora=null]}. */
  @Override
  public String toString() {
    return "ForwardOptions[timeout=" + timeout + ", lora=" + lora + "]";
  }

  /** Builder of {@link ForwardOptions}. */
  public static final class Builder {
    private @Nullable Duration timeout;
    private @Nullable LoraAdapter lora;

    private Builder() {}

    /**
     * Sets the longest time that the forward pass may take, including the time in the queue. A
     * forward pass cannot be interrupted: when the time is over, the caller gets an {@link
     * io.rkllm.InferenceTimeoutException} at the end of the pass, at most ten seconds later.
     *
     * @throws IllegalArgumentException if the timeout is not positive
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Check.positive("timeout", timeout);
      return this;
    }

    /** Sets the LoRA adapter to run with ({@code RKLLMInferParam.lora_params}). */
    public Builder lora(LoraAdapter lora) {
      this.lora = Check.nonNull("lora", lora);
      return this;
    }

    /** Returns the options that have been set. */
    public ForwardOptions build() {
      return new ForwardOptions(this);
    }
  }
}
