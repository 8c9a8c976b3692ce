package io.rkllm.spi;

import io.rkllm.Sampling;
import io.rkllm.input.Input;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run: {@code RKLLMInput} and {@code RKLLMInferParam}. All values have been checked, and memory
 * that the inputs hold stays open until the run has returned.
 *
 * @param inputs what goes in: as many as the model's batch size; none to go on with a paused run as
 *     it stands
 * @param mode what is computed
 * @param keepHistory whether the run continues what is in the KV cache ({@code keep_history} 1) or
 *     stands alone
 * @param sampling sampling of this run, or null for the model's; given only if the runtime supports
 *     it
 * @param maxNewTokens token limit of this run, or null for the model's; given only if the runtime
 *     supports it
 * @param loraAdapter name of a loaded adapter, or null for the base model ({@code lora_params})
 * @param promptCacheFile where to write the prompt cache, absolute, or null ({@code
 *     prompt_cache_params})
 */
public record RunRequest(
    List<Input> inputs,
    InferenceMode mode,
    boolean keepHistory,
    @Nullable Sampling sampling,
    @Nullable Integer maxNewTokens,
    @Nullable String loraAdapter,
    @Nullable Path promptCacheFile) {

  /** Copies the inputs. */
  public RunRequest {
    inputs = List.copyOf(inputs);
  }

  /** Returns a request to go on with a paused run as it stands: there are no inputs. */
  public static RunRequest nothing() {
    return builder().build();
  }

  /** Returns a request to generate from one input that stands alone, as the model was loaded. */
  public static RunRequest of(Input input) {
    return builder().inputs(List.of(input)).build();
  }

  /**
   * Returns a request to generate from several inputs that stand alone, as the model was loaded.
   */
  public static RunRequest ofBatch(List<? extends Input> inputs) {
    return builder().inputs(inputs).build();
  }

  /** Returns a builder of a request without inputs that generates, as the model was loaded. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that starts from this request. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.inputs = inputs;
    copy.mode = mode;
    copy.keepHistory = keepHistory;
    copy.sampling = sampling;
    copy.maxNewTokens = maxNewTokens;
    copy.loraAdapter = loraAdapter;
    copy.promptCacheFile = promptCacheFile;
    return copy;
  }

  /** The only input of a run that is not a batch. */
  public Input input() {
    return inputs.getFirst();
  }

  /** Builds a {@link RunRequest}; each value is described there. */
  public static final class Builder {
    private List<? extends Input> inputs = List.of();
    private InferenceMode mode = InferenceMode.GENERATE;
    private boolean keepHistory;
    private @Nullable Sampling sampling;
    private @Nullable Integer maxNewTokens;
    private @Nullable String loraAdapter;
    private @Nullable Path promptCacheFile;

    private Builder() {}

    /** Sets what goes in. */
    public Builder inputs(List<? extends Input> inputs) {
      this.inputs = inputs;
      return this;
    }

    /** Sets what is computed. */
    public Builder mode(InferenceMode mode) {
      this.mode = mode;
      return this;
    }

    /** Sets whether the run continues what is in the KV cache. */
    public Builder keepHistory(boolean keepHistory) {
      this.keepHistory = keepHistory;
      return this;
    }

    /** Sets the sampling of this run, or null for the model's. */
    public Builder sampling(@Nullable Sampling sampling) {
      this.sampling = sampling;
      return this;
    }

    /** Sets the token limit of this run, or null for the model's. */
    public Builder maxNewTokens(@Nullable Integer maxNewTokens) {
      this.maxNewTokens = maxNewTokens;
      return this;
    }

    /** Sets the name of a loaded adapter, or null for the base model. */
    public Builder loraAdapter(@Nullable String loraAdapter) {
      this.loraAdapter = loraAdapter;
      return this;
    }

    /** Sets where to write the prompt cache, or null. */
    public Builder promptCacheFile(@Nullable Path promptCacheFile) {
      this.promptCacheFile = promptCacheFile;
      return this;
    }

    /** Returns the request. */
    public RunRequest build() {
      return new RunRequest(
          List.copyOf(inputs),
          mode,
          keepHistory,
          sampling,
          maxNewTokens,
          loraAdapter,
          promptCacheFile);
    }
  }
}
