package io.rkllm.internal.run;

import io.rkllm.Sampling;
import io.rkllm.event.RunKind;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.internal.check.LiteralTags;
import io.rkllm.internal.forward.ForwardReader;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a run, apart from its inputs.
 *
 * @param mode the output to compute
 * @param timeout the longest time that the run may take, including the time in the queue
 * @param sampling the sampling parameters of this run, which are passed to the runtime
 * @param maxNewTokens the token limit of this run
 * @param limitEnforcedBySdk whether the SDK enforces the token limit by stopping the run, because
 *     the runtime has no limit per run
 * @param maxPromptTokens the largest number of tokens that the prompt may have, or null if only the
 *     context limits it
 * @param stopSequences the texts that end an answer
 * @param loraAdapter the name of an adapter
 * @param promptCacheFile the file that the prompt cache is written to
 * @param reader reads the output of a forward pass in place
 * @param alreadyGenerated the number of tokens generated before the pause, if this run resumes
 *     another
 */
public record RunPlan(
    InferenceMode mode,
    @Nullable Duration timeout,
    @Nullable Sampling sampling,
    @Nullable Integer maxNewTokens,
    boolean limitEnforcedBySdk,
    @Nullable Integer maxPromptTokens,
    List<String> stopSequences,
    @Nullable String loraAdapter,
    @Nullable Path promptCacheFile,
    @Nullable ForwardReader<?> reader,
    int alreadyGenerated) {

  /** Returns a builder for a generation. */
  public static Builder generation() {
    return new Builder(InferenceMode.GENERATE, null);
  }

  /** Returns a builder for a forward pass whose output is read in place. */
  public static Builder forwardPass(InferenceMode mode, ForwardReader<?> reader) {
    return new Builder(mode, reader);
  }

  /** Returns the plan of a run that resumes this one after a pause. */
  RunPlan resumedAfter(int tokens) {
    return new Builder(this).alreadyGenerated(alreadyGenerated + tokens).build();
  }

  /** Builder of a plan. */
  public static final class Builder {
    private final InferenceMode mode;
    private final @Nullable ForwardReader<?> reader;
    private @Nullable Duration timeout;
    private @Nullable Sampling sampling;
    private @Nullable Integer maxNewTokens;
    private boolean limitEnforcedBySdk;
    private @Nullable Integer maxPromptTokens;
    private List<String> stopSequences = List.of();
    private @Nullable String loraAdapter;
    private @Nullable Path promptCacheFile;
    private int alreadyGenerated;

    private Builder(InferenceMode mode, @Nullable ForwardReader<?> reader) {
      this.mode = mode;
      this.reader = reader;
    }

    /** Copies a plan, except for the limit of its prompt, which has been passed to the runtime. */
    private Builder(RunPlan plan) {
      this(plan.mode, plan.reader);
      this.timeout = plan.timeout;
      this.sampling = plan.sampling;
      this.maxNewTokens = plan.maxNewTokens;
      this.limitEnforcedBySdk = plan.limitEnforcedBySdk;
      this.stopSequences = plan.stopSequences;
      this.loraAdapter = plan.loraAdapter;
      this.promptCacheFile = plan.promptCacheFile;
      this.alreadyGenerated = plan.alreadyGenerated;
    }

    public Builder timeout(@Nullable Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    public Builder sampling(@Nullable Sampling sampling) {
      this.sampling = sampling;
      return this;
    }

    public Builder maxNewTokens(@Nullable Integer maxNewTokens, boolean limitEnforcedBySdk) {
      this.maxNewTokens = maxNewTokens;
      this.limitEnforcedBySdk = limitEnforcedBySdk;
      return this;
    }

    public Builder maxPromptTokens(@Nullable Integer maxPromptTokens) {
      this.maxPromptTokens = maxPromptTokens;
      return this;
    }

    public Builder stopSequences(List<String> stopSequences) {
      this.stopSequences = stopSequences;
      return this;
    }

    public Builder loraAdapter(@Nullable String loraAdapter) {
      this.loraAdapter = loraAdapter;
      return this;
    }

    public Builder promptCacheFile(@Nullable Path promptCacheFile) {
      this.promptCacheFile = promptCacheFile;
      return this;
    }

    private Builder alreadyGenerated(int tokens) {
      this.alreadyGenerated = tokens;
      return this;
    }

    public RunPlan build() {
      return new RunPlan(
          mode,
          timeout,
          sampling,
          maxNewTokens,
          limitEnforcedBySdk,
          maxPromptTokens,
          stopSequences,
          loraAdapter,
          promptCacheFile,
          reader,
          alreadyGenerated);
    }
  }

  /** Returns the output that the run computes, for listeners. */
  RunKind kind() {
    return switch (mode) {
      case GENERATE -> RunKind.GENERATION;
      case LAST_HIDDEN_LAYER -> RunKind.HIDDEN_STATES;
      case LOGITS -> RunKind.LOGITS;
    };
  }

  /**
   * Returns the maximum number of tokens in the generation, including those before its pauses, or
   * {@link Integer#MAX_VALUE} if there is no limit. A runtime without a limit per run ends the run
   * at the model's limit.
   */
  int limit(NativeModel model) {
    int ofModel = model.maxNewTokens() > 0 ? model.maxNewTokens() : Integer.MAX_VALUE;
    if (maxNewTokens == null) {
      return ofModel;
    }
    return limitEnforcedBySdk ? Math.min(maxNewTokens, ofModel) : maxNewTokens;
  }

  /**
   * Applies the plan to a request. All text that is passed to native code goes through this method.
   */
  RunRequest applyTo(RunRequest request) {
    return request.toBuilder()
        .inputs(request.inputs().stream().map(RunPlan::withoutLiteralTags).toList())
        .mode(mode)
        .sampling(sampling)
        .maxNewTokens(limitEnforcedBySdk ? null : maxNewTokens)
        .loraAdapter(loraAdapter)
        .promptCacheFile(promptCacheFile)
        .build();
  }

  /**
   * Neutralizes tags in text. A multimodal prompt has validated its own tags, and other inputs have
   * no text.
   */
  private static Input withoutLiteralTags(Input input) {
    return switch (input) {
      case TextPrompt prompt ->
          new TextPrompt(LiteralTags.neutralize(prompt.text()), prompt.role(), prompt.thinking());
      case RawPrompt prompt ->
          new RawPrompt(LiteralTags.neutralize(prompt.text()), prompt.writesBeginToken());
      case MultimodalPrompt _, TokenPrompt _, EmbeddingPrompt _ -> input;
    };
  }
}
