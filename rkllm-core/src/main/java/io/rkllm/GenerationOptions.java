package io.rkllm;

import io.rkllm.internal.check.Check;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Options of a single generation. An option that is not set keeps the value that the model was
 * loaded with. Immutable.
 */
public final class GenerationOptions {
  private static final GenerationOptions DEFAULTS = builder().build();

  private final @Nullable Duration timeout;
  private final @Nullable Integer maxNewTokens;
  private final @Nullable Integer maxPromptTokens;
  private final @Nullable Sampling sampling;
  private final List<String> stopSequences;
  private final @Nullable LoraAdapter lora;
  private final @Nullable Path savePromptCache;

  private GenerationOptions(Builder from) {
    timeout = from.timeout;
    maxNewTokens = from.maxNewTokens;
    maxPromptTokens = from.maxPromptTokens;
    sampling = from.sampling;
    stopSequences = from.stopSequences;
    lora = from.lora;
    savePromptCache = from.savePromptCache;
  }

  /** Returns options of which none is set. */
  public static GenerationOptions defaults() {
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
    copy.maxNewTokens = maxNewTokens;
    copy.maxPromptTokens = maxPromptTokens;
    copy.sampling = sampling;
    copy.stopSequences = stopSequences;
    copy.lora = lora;
    copy.savePromptCache = savePromptCache;
    return copy;
  }

  /**
   * Returns the longest time that the generation may take, including the time in the queue, or null
   * if there is no limit.
   */
  public @Nullable Duration timeout() {
    return timeout;
  }

  /** Returns the maximum number of generated tokens, or null for the model's setting. */
  public @Nullable Integer maxNewTokens() {
    return maxNewTokens;
  }

  /**
   * Returns the maximum number of tokens in the prompt, or null if only the context limits it.
   *
   * @since 0.1.0
   */
  public @Nullable Integer maxPromptTokens() {
    return maxPromptTokens;
  }

  /** Returns the sampling parameters, or null for the model's settings. */
  public @Nullable Sampling sampling() {
    return sampling;
  }

  /** Returns the texts that end the answer; empty if there are none. */
  public List<String> stopSequences() {
    return stopSequences;
  }

  /** Returns the LoRA adapter, or null for the base model. */
  public @Nullable LoraAdapter lora() {
    return lora;
  }

  /** Returns the file that the prompt cache is written to, or null if none is written. */
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
    return Arrays.asList(
        timeout, maxNewTokens, maxPromptTokens, sampling, stopSequences, lora, savePromptCache);
  }

  /** Returns all options and their values. */
  @Override
  public String toString() {
    return "GenerationOptions[timeout="
        + timeout
        + ", maxNewTokens="
        + maxNewTokens
        + ", maxPromptTokens="
        + maxPromptTokens
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

  /** Builder of {@link GenerationOptions}. */
  public static final class Builder {
    private @Nullable Duration timeout;
    private @Nullable Integer maxNewTokens;
    private @Nullable Integer maxPromptTokens;
    private @Nullable Sampling sampling;
    private List<String> stopSequences = List.of();
    private @Nullable LoraAdapter lora;
    private @Nullable Path savePromptCache;

    private Builder() {}

    /**
     * Sets the longest time that the generation may take. The time starts with {@code generate()}
     * and includes the time in the queue. When it expires, the run is aborted and readers get an
     * {@link InferenceTimeoutException} as soon as native code has returned: after the current
     * token, or at the end of the prefill, which cannot be interrupted; at most ten seconds later.
     *
     * @throws IllegalArgumentException if the timeout is not positive
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Check.positive("timeout", timeout);
      return this;
    }

    /**
     * Sets the maximum number of generated tokens, in [1, 16384] ({@code
     * RKLLMInferParam.max_new_tokens}). The default is the value of {@link
     * RkllmModel.Builder#maxNewTokens}.
     *
     * <p>If the runtime lacks {@link io.rkllm.runtime.Capability#PER_RUN_MAX_NEW_TOKENS}, the SDK
     * stops the run after that many tokens. The text is the same, but the value of {@link
     * RkllmModel.Builder#maxNewTokens} cannot be exceeded, and the option is rejected in a session
     * whose history is kept by the runtime.
     */
    public Builder maxNewTokens(int maxNewTokens) {
      this.maxNewTokens = Check.inRange("maxNewTokens", maxNewTokens, 1, 16_384);
      return this;
    }

    /**
     * Sets the maximum number of tokens in the prompt, including its template and the history, in
     * [1, 16384]. A generation with a longer prompt fails with a {@link ContextOverflowException}
     * before the runtime is called. By default only the context limits the prompt.
     *
     * <p>The length must be known beforehand, as that of token ids and embeddings is, and that of
     * text if the model was loaded with a chat format and its file has a tokenizer ({@link
     * RkllmModel#tokenizer}). A generation with another prompt fails with an {@link
     * InferenceException}.
     *
     * @since 0.1.0
     */
    public Builder maxPromptTokens(int maxPromptTokens) {
      this.maxPromptTokens = Check.inRange("maxPromptTokens", maxPromptTokens, 1, 16_384);
      return this;
    }

    /**
     * Sets the sampling parameters ({@code RKLLMInferParam.sampling_params}). Parameters that are
     * not set keep the values the model was loaded with. Requires {@link
     * io.rkllm.runtime.Capability#PER_RUN_SAMPLING}.
     */
    public Builder sampling(Sampling sampling) {
      this.sampling = Check.nonNull("sampling", sampling);
      return this;
    }

    /**
     * Sets texts that end the answer as soon as one of them occurs, even across tokens. If several
     * occur, the one that begins first counts. Neither the stop sequence nor anything after it is
     * part of the answer, and the run is aborted. Stop sequences are implemented by the SDK. They
     * are rejected in a session whose history is kept by the runtime, because that history would
     * contain more than the answer shows.
     *
     * @throws IllegalArgumentException if there are more than 64, or if one is empty
     */
    public Builder stopSequences(String... sequences) {
      this.stopSequences =
          Check.copy("sequences", Arrays.asList(Check.nonNull("sequences", sequences)));
      Check.inRange("number of stop sequences", stopSequences.size(), 0, 64);
      stopSequences.forEach(sequence -> Check.nonEmptyText("stop sequence", sequence));
      return this;
    }

    /**
     * Sets the LoRA adapter to run with ({@code RKLLMInferParam.lora_params}). An adapter of
     * another model, or of a closed one, is rejected when the generation is started.
     */
    public Builder lora(LoraAdapter lora) {
      this.lora = Check.nonNull("lora", lora);
      return this;
    }

    /**
     * Writes the prompt's part of the KV cache to a file, which {@link RkllmModel#loadPromptCache}
     * can load ({@code RKLLMInferParam.prompt_cache_params}). The file is written once the first
     * token has been generated, even if the generation is cancelled afterwards. Rejected in a
     * session whose history is kept by the runtime, where the option would have no effect.
     */
    public Builder savePromptCache(Path file) {
      this.savePromptCache = Check.file("file", file).toAbsolutePath();
      return this;
    }

    /** Returns the options that have been set. */
    public GenerationOptions build() {
      return new GenerationOptions(this);
    }
  }
}
