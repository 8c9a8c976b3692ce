package io.rkllm;

import io.rkllm.internal.check.Check;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters that control how the next token is chosen. For a model, a parameter that is not set
 * keeps the default of the loaded runtime release, which differs between releases; for a single
 * generation, it keeps the value that the model was loaded with. Immutable. Corresponds to the
 * sampling fields of {@code RKLLMParam} and, from runtime release 1.3 on, to {@code
 * RKLLMSamplingParam}.
 *
 * <p>The runtime has no seed: two runs of the same prompt may differ unless {@link #greedy()} is
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

  /** Returns parameters of which none is set. */
  public static Sampling defaults() {
    return DEFAULTS;
  }

  /** Returns parameters that always choose the most probable token ({@code top_k} 1). */
  public static Sampling greedy() {
    return builder().topK(1).build();
  }

  /** Returns a builder with no parameters set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder with these parameters. */
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

  /** Returns the number of most probable tokens to choose from, or null if not set. */
  public @Nullable Integer topK() {
    return topK;
  }

  /** Returns the probability mass of the tokens to choose from, or null if not set. */
  public @Nullable Float topP() {
    return topP;
  }

  /** Returns the temperature, or null if not set. */
  public @Nullable Float temperature() {
    return temperature;
  }

  /** Returns the penalty on repeated tokens, or null if not set. */
  public @Nullable Float repeatPenalty() {
    return repeatPenalty;
  }

  /** Returns the penalty that grows with a token's frequency, or null if not set. */
  public @Nullable Float frequencyPenalty() {
    return frequencyPenalty;
  }

  /** Returns the penalty on tokens that have occurred at least once, or null if not set. */
  public @Nullable Float presencePenalty() {
    return presencePenalty;
  }

  /** Returns the version of Mirostat, 1 or 2; 0 if it is off, or null if not set. */
  public @Nullable Integer mirostat() {
    return mirostat;
  }

  /** Returns Mirostat's target surprise, or null if not set. */
  public @Nullable Float mirostatTau() {
    return mirostatTau;
  }

  /** Returns Mirostat's learning rate, or null if not set. */
  public @Nullable Float mirostatEta() {
    return mirostatEta;
  }

  /** Returns the parameters that are set, by name, in the order of the fields. */
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

  /** Returns a string such as {@code Sampling{topK=20, temperature=0.7}}. */
  @Override
  public String toString() {
    return "Sampling" + values();
  }

  /**
   * Builder of {@link Sampling}. Each setter throws {@link IllegalArgumentException} if the value
   * is out of range.
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

    /** Sets the number of most probable tokens to choose from, in [1, 1000000]; 1 is greedy. */
    public Builder topK(int topK) {
      this.topK = Check.inRange("topK", topK, 1, 1_000_000);
      return this;
    }

    /** Sets the probability mass of the tokens to choose from, above 0 and at most 1. */
    public Builder topP(double topP) {
      this.topP = Check.positive("topP", topP, 1);
      return this;
    }

    /**
     * Sets the temperature, in [0, 100]; 0 is greedy, 1 leaves the model's probabilities unchanged.
     */
    public Builder temperature(double temperature) {
      this.temperature = Check.inRange("temperature", temperature, 0, 100);
      return this;
    }

    /** Sets the penalty on repeated tokens, above 0 and at most 100; 1 disables it. */
    public Builder repeatPenalty(double repeatPenalty) {
      this.repeatPenalty = Check.positive("repeatPenalty", repeatPenalty, 100);
      return this;
    }

    /** Sets the penalty that grows with a token's frequency, in [-2, 2]; 0 disables it. */
    public Builder frequencyPenalty(double frequencyPenalty) {
      this.frequencyPenalty = Check.inRange("frequencyPenalty", frequencyPenalty, -2, 2);
      return this;
    }

    /** Sets the penalty on tokens that have occurred at least once, in [-2, 2]; 0 disables it. */
    public Builder presencePenalty(double presencePenalty) {
      this.presencePenalty = Check.inRange("presencePenalty", presencePenalty, -2, 2);
      return this;
    }

    /** Sets the version of Mirostat, 1 or 2; 0 disables it. */
    public Builder mirostat(int mirostat) {
      this.mirostat = Check.inRange("mirostat", mirostat, 0, 2);
      return this;
    }

    /** Sets Mirostat's target surprise, above 0 and at most 100. */
    public Builder mirostatTau(double mirostatTau) {
      this.mirostatTau = Check.positive("mirostatTau", mirostatTau, 100);
      return this;
    }

    /** Sets Mirostat's learning rate, above 0 and at most 100. */
    public Builder mirostatEta(double mirostatEta) {
      this.mirostatEta = Check.positive("mirostatEta", mirostatEta, 100);
      return this;
    }

    /** Returns the parameters that have been set. */
    public Sampling build() {
      return new Sampling(this);
    }
  }
}
