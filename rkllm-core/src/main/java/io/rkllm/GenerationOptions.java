package io.rkllm;

import io.rkllm.internal.check.Check;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
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
  private final List<String> stopSequences;
  private final @Nullable LoraAdapter lora;
  private final @Nullable Path savePromptCache;

  private GenerationOptions(Builder from) {
    timeout = from.timeout;
    maxNewTokens = from.maxNewTokens;
    sampling = from.sampling;
    stopSequences = from.stopSequences;
    lora = from.lora;
    savePromptCache = from.savePromptCache;
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
    copy.stopSequences = stopSequences;
    copy.lora = lora;
    copy.savePromptCache = savePromptCache;
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

  /** Texts that end the answer; empty: none. */
  public List<String> stopSequences() {
    return stopSequences;
  }

  /** The adapter it runs with; null: the base model. */
  public @Nullable LoraAdapter lora() {
    return lora;
  }

  /** Where the prompt cache is written; null: nowhere. */
  public @Nullable Path savePromptCache() {
    return savePromptCache;
  }

  /** Returns whether the other object has the same options and values. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GenerationOptions that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(timeout, maxNewTokens, sampling, stopSequences, lora, savePromptCache);
  }

  /** All options and their values. */
  @Override
  public String toString() {
    return "GenerationOptions[timeout="
        + timeout
        + ", maxNewTokens="
        + maxNewTokens
        + ", sampling="
        + sampling
        + ", stopSequences="
        + stopSequences
        + ", lora="
        + lora
        + ", savePromptCache="
        + savePromptCache
        + "]";
  }

  /** Builds {@link GenerationOptions}. */
  public static final class Builder {
    private @Nullable Duration timeout;
    private @Nullable Integer maxNewTokens;
    private @Nullable Sampling sampling;
    private List<String> stopSequences = List.of();
    private @Nullable LoraAdapter lora;
    private @Nullable Path savePromptCache;

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
     * How many tokens may be generated, in [1, 16384]: {@code RKLLMInferParam.max_new_tokens}. By
     * default as many as {@link RkllmModel.Builder#maxNewTokens} says. A runtime without {@link
     * io.rkllm.runtime.Capability#PER_RUN_MAX_NEW_TOKENS} is stopped by the SDK after that many,
     * which gives the same text, though never more tokens than {@link
     * RkllmModel.Builder#maxNewTokens} says; not in a session whose history the runtime keeps,
     * where the option is refused.
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

    /**
     * Texts that end the answer where one of them comes, also across tokens; of several, the one
     * that begins first. Neither it nor anything after it is shown, and the run is aborted. Kept by
     * the SDK; refused in a session whose history the runtime keeps, since that would hold more
     * than was shown.
     *
     * @throws IllegalArgumentException if there are more than 64, or one is empty
     */
    public Builder stopSequences(String... sequences) {
      this.stopSequences =
          Check.copy("sequences", Arrays.asList(Check.nonNull("sequences", sequences)));
      Check.inRange("number of stop sequences", stopSequences.size(), 0, 64);
      stopSequences.forEach(sequence -> Check.nonEmptyText("stop sequence", sequence));
      return this;
    }

    /**
     * The adapter it runs with: {@code RKLLMInferParam.lora_params}. One of another or a closed
     * model is refused.
     */
    public Builder lora(LoraAdapter lora) {
      this.lora = Check.nonNull("lora", lora);
      return this;
    }

    /**
     * Writes the prompt's part of the KV cache to this file, to load with {@link
     * RkllmModel#loadPromptCache}: {@code RKLLMInferParam.prompt_cache_params}. Written once the
     * first token has come, also if the generation is cancelled afterwards. Refused in a session
     * whose history the runtime keeps, where it has no effect.
     */
    public Builder savePromptCache(Path file) {
      this.savePromptCache = Check.file("file", file).toAbsolutePath();
      return this;
    }

    /** The options as set so far. */
    public GenerationOptions build() {
      return new GenerationOptions(this);
    }
  }
}
