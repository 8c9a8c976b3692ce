package io.rkllm.spi;

import io.rkllm.Sampling;
import io.rkllm.input.Input;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run to perform ({@code RKLLMInput} and {@code RKLLMInferParam}). All values have been
 * validated. Memory used by the inputs stays open until the run has returned.
 *
 * @param inputs the inputs, as many as the model's batch size; none to resume a paused run without
 *     further input
 * @param mode the output to compute
 * @param keepHistory whether the run continues the contents of the KV cache ({@code keep_history}
 *     1) or stands alone
 * @param sampling the sampling parameters of this run, or null for the model's; set only if the
 *     runtime supports it
 * @param maxNewTokens the token limit of this run, or null for the model's; set only if the runtime
 *     supports it
 * @param loraAdapter the name of a loaded adapter, or null for the base model ({@code lora_params})
 * @param promptCacheFile the absolute path of the prompt cache to write, or null ({@code
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

  /** Creates a request, copying the inputs. */
  public RunRequest {
    inputs = List.copyOf(inputs);
  }

  /** Returns a request without inputs, which resumes a paused run. */
  public static RunRequest nothing() {
    return builder().build();
  }

  /** Returns a request for a stand-alone generation from one input, with the model's settings. */
  public static RunRequest of(Input input) {
    return builder().inputs(List.of(input)).build();
  }

  /**
   * Returns a request for a stand-alone generation from several inputs, with the model's settings.
   */
  public static RunRequest ofBatch(List<? extends Input> inputs) {
    return builder().inputs(inputs).build();
  }

  /** Returns a builder of a stand-alone generation without inputs, with the model's settings. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder with the values of this request. */
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

  /** Returns the input of a run that is not a batch. */
  public Input input() {
    return inputs.getFirst();
  }

  /** Builder of {@link RunRequest}. Each method sets the component of the same name. */
  public static final class Builder {
    private List<? extends Input> inputs = List.of();
    private InferenceMode mode = InferenceMode.GENERATE;
    private boolean keepHistory;
    private @Nullable Sampling sampling;
    private @Nullable Integer maxNewTokens;
    private @Nullable String loraAdapter;
    private @Nullable Path promptCacheFile;

    private Builder() {}

    /** Sets the inputs. */
    public Builder inputs(List<? extends Input> inputs) {
      this.inputs = inputs;
      return this;
    }

    /** Sets the output to compute. */
    public Builder mode(InferenceMode mode) {
      this.mode = mode;
      return this;
    }

    /** Sets whether the run continues the contents of the KV cache. */
    public Builder keepHistory(boolean keepHistory) {
      this.keepHistory = keepHistory;
      return this;
    }

    /** Sets the sampling parameters of this run, or null for the model's. */
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

    /** Sets the file to write the prompt cache to, or null. */
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
