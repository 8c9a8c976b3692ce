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

  /** Goes on with a paused run as it stands: there are no inputs. */
  public static RunRequest nothing() {
    return new RunRequest(List.of(), InferenceMode.GENERATE, false, null, null, null, null);
  }

  /** Generates from one input that stands alone, as the model was loaded. */
  public static RunRequest of(Input input) {
    return new RunRequest(List.of(input), InferenceMode.GENERATE, false, null, null, null, null);
  }

  /** Generates from several inputs that stand alone, as the model was loaded. */
  public static RunRequest ofBatch(List<? extends Input> inputs) {
    return new RunRequest(
        List.copyOf(inputs), InferenceMode.GENERATE, false, null, null, null, null);
  }

  /** The same, continuing what is in the KV cache or not. */
  public RunRequest withKeepHistory(boolean keepHistory) {
    return new RunRequest(
        inputs, mode, keepHistory, sampling, maxNewTokens, loraAdapter, promptCacheFile);
  }

  /** The same in another mode. */
  public RunRequest withMode(InferenceMode mode) {
    return new RunRequest(
        inputs, mode, keepHistory, sampling, maxNewTokens, loraAdapter, promptCacheFile);
  }

  /** The only input of a run that is no batch. */
  public Input input() {
    return inputs.getFirst();
  }
}
