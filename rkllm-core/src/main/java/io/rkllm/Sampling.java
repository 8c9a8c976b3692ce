package io.rkllm;

import io.rkllm.internal.check.Check;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen. What is not set keeps, for a model, the default of the loaded
 * runtime release, which differs between releases, and for a single generation, what the model was
 * loaded with. Immutable. Stands for the sampling fields of {@code RKLLMParam} and, from runtime
 * 1.3, {@code RKLLMSamplingParam}.
 *
 * <p>The runtime offers no seed: two runs of one prompt may differ unless {@link #greedy()} is
 * used.
 */
public final class Sampling {
  private static final Sampling DEFAULTS = builder().build();

  private final @Nullable Integer topK;
  private final @Nullable Float topP;
  private final @Nullable Float temperature;
  private final @Nullable Float repeatPenalty;
  private final @Nullable Float frequencyPenalty;
  private final @Nullable Float presencePenalty;
  private final @Nullable Integer mirostat;
  private final @Nullable Float mirostatTau;
  private final @Nullable Float mirostatEta;

  private Sampling(Builder from) {
    topK = from.topK;
    topP = from.topP;
    temperature = from.temperature;
    repeatPenalty = from.repeatPenalty;
    frequencyPenalty = from.frequencyPenalty;
    presencePenalty = from.presencePenalty;
    mirostat = from.mirostat;
    mirostatTau = from.mirostatTau;
    mirostatEta = from.mirostatEta;
  }

  /** Nothing set. */
  public static Sampling defaults() {
    return DEFAULTS;
  }

  /** Always the most probable token ({@code top_k} 1). */
  public static Sampling greedy() {
    return builder().topK(1).build();
  }

  /** Nothing set. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.topK = topK;
    copy.topP = topP;
    copy.temperature = temperature;
    copy.repeatPenalty = repeatPenalty;
    copy.frequencyPenalty = frequencyPenalty;
    copy.presencePenalty = presencePenalty;
    copy.mirostat = mirostat;
    copy.mirostatTau = mirostatTau;
    copy.mirostatEta = mirostatEta;
    return copy;
  }

  /** How many of the most probable tokens are considered; null: not set. */
  public @Nullable Integer topK() {
    return topK;
  }

  /** The probability mass of the tokens considered; null: not set. */
  public @Nullable Float topP() {
    return topP;
  }

  /** The temperature; null: not set. */
  public @Nullable Float temperature() {
    return temperature;
  }

  /** The penalty on repeated tokens; null: not set. */
  public @Nullable Float repeatPenalty() {
    return repeatPenalty;
  }

  /** The penalty that grows with a token's frequency; null: not set. */
  public @Nullable Float frequencyPenalty() {
    return frequencyPenalty;
  }

  /** The penalty on tokens that occurred at all; null: not set. */
  public @Nullable Float presencePenalty() {
    return presencePenalty;
  }

  /** 0 off, 1 or 2 the version of mirostat; null: not set. */
  public @Nullable Integer mirostat() {
    return mirostat;
  }

  /** Mirostat's target surprise; null: not set. */
  public @Nullable Float mirostatTau() {
    return mirostatTau;
  }

  /** Mirostat's learning rate; null: not set. */
  public @Nullable Float mirostatEta() {
    return mirostatEta;
  }

  /** What is set, by name, in the order of the fields. */
  private Map<String, Number> values() {
    Map<String, Number> set = new LinkedHashMap<>();
    put(set, "topK", topK);
    put(set, "topP", topP);
    put(set, "temperature", temperature);
    put(set, "repeatPenalty", repeatPenalty);
    put(set, "frequencyPenalty", frequencyPenalty);
    put(set, "presencePenalty", presencePenalty);
    put(set, "mirostat", mirostat);
    put(set, "mirostatTau", mirostatTau);
    put(set, "mirostatEta", mirostatEta);
    return set;
  }

  private static void put(Map<String, Number> values, String name, @Nullable Number value) {
    if (value != null) {
      values.put(name, value);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Sampling that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /** Such as {@code Sampling{topK=20, temperature=0.7}}. */
  @Override
  public String toString() {
    return "Sampling" + values();
  }

  /**
   * Builds {@link Sampling}. Each setter throws {@link IllegalArgumentException} for a value
   * outside its range.
   */
  public static final class Builder {
    private @Nullable Integer topK;
    private @Nullable Float topP;
    private @Nullable Float temperature;
    private @Nullable Float repeatPenalty;
    private @Nullable Float frequencyPenalty;
    private @Nullable Float presencePenalty;
    private @Nullable Integer mirostat;
    private @Nullable Float mirostatTau;
    private @Nullable Float mirostatEta;

    private Builder() {}

    /** How many of the most probable tokens are considered, in [1, 1000000]; 1 is greedy. */
    public Builder topK(int topK) {
      this.topK = Check.inRange("topK", topK, 1, 1_000_000);
      return this;
    }

    /** The probability mass of the tokens considered, above 0 and at most 1. */
    public Builder topP(double topP) {
      this.topP = Check.positive("topP", topP, 1);
      return this;
    }

    /** The temperature in [0, 100]; 0 is greedy, 1 leaves the model's probabilities as they are. */
    public Builder temperature(double temperature) {
      this.temperature = Check.inRange("temperature", temperature, 0, 100);
      return this;
    }

    /** The penalty on repeated tokens, above 0 and at most 100; 1 is none. */
    public Builder repeatPenalty(double repeatPenalty) {
      this.repeatPenalty = Check.positive("repeatPenalty", repeatPenalty, 100);
      return this;
    }

    /** The penalty that grows with a token's frequency, in [-2, 2]; 0 is none. */
    public Builder frequencyPenalty(double frequencyPenalty) {
      this.frequencyPenalty = Check.inRange("frequencyPenalty", frequencyPenalty, -2, 2);
      return this;
    }

    /** The penalty on tokens that occurred at all, in [-2, 2]; 0 is none. */
    public Builder presencePenalty(double presencePenalty) {
      this.presencePenalty = Check.inRange("presencePenalty", presencePenalty, -2, 2);
      return this;
    }

    /** 0 off, 1 or 2 the version of mirostat. */
    public Builder mirostat(int mirostat) {
      this.mirostat = Check.inRange("mirostat", mirostat, 0, 2);
      return this;
    }

    /** Mirostat's target surprise, above 0 and at most 100. */
    public Builder mirostatTau(double mirostatTau) {
      this.mirostatTau = Check.positive("mirostatTau", mirostatTau, 100);
      return this;
    }

    /** Mirostat's learning rate, above 0 and at most 100. */
    public Builder mirostatEta(double mirostatEta) {
      this.mirostatEta = Check.positive("mirostatEta", mirostatEta, 100);
      return this;
    }

    /** The options as set so far. */
    public Sampling build() {
      return new Sampling(this);
    }
  }
}
