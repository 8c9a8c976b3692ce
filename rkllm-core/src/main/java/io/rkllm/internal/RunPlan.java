package io.rkllm.internal;

import io.rkllm.Sampling;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a run is to be made, apart from what goes in.
 *
 * @param mode what is computed
 * @param timeout how long it may take, waiting included
 * @param sampling sampling of this run, given to the runtime
 * @param maxNewTokens token limit of this run
 * @param limitIsOurs whether the limit is kept by stopping on our side, because the runtime knows
 *     none of a run
 * @param stopSequences texts that end an answer
 * @param loraAdapter name of an adapter
 * @param promptCacheFile where the prompt cache is written
 * @param reader reads the output of a forward pass in place
 * @param alreadyGenerated tokens that came before the pause that this run goes on from
 */
record RunPlan(
    InferenceMode mode,
    @Nullable Duration timeout,
    @Nullable Sampling sampling,
    @Nullable Integer maxNewTokens,
    boolean limitIsOurs,
    List<String> stopSequences,
    @Nullable String loraAdapter,
    @Nullable Path promptCacheFile,
    @Nullable ForwardReader<?> reader,
    int alreadyGenerated) {

  /** A forward pass whose output is read in place. */
  static RunPlan forward(
      InferenceMode mode,
      @Nullable Duration timeout,
      @Nullable String loraAdapter,
      ForwardReader<?> reader) {
    return new RunPlan(mode, timeout, null, null, false, List.of(), loraAdapter, null, reader, 0);
  }

  /** The same, going on after a pause. */
  RunPlan resumedAfter(int tokens) {
    return new RunPlan(
        mode,
        timeout,
        sampling,
        maxNewTokens,
        limitIsOurs,
        stopSequences,
        loraAdapter,
        promptCacheFile,
        reader,
        alreadyGenerated + tokens);
  }

  /**
   * Returns how many tokens a generation may have, those before its pauses included; the largest
   * int for any number. A runtime that knows no limit of a run ends it at that of the model.
   */
  int limit(NativeModel model) {
    int ofModel = model.maxNewTokens() > 0 ? model.maxNewTokens() : Integer.MAX_VALUE;
    if (maxNewTokens == null) {
      return ofModel;
    }
    return limitIsOurs ? Math.min(maxNewTokens, ofModel) : maxNewTokens;
  }

  /** What the runtime is told: the one place that all texts pass on their way to native code. */
  RunRequest applyTo(RunRequest request) {
    return new RunRequest(
        request.inputs().stream().map(RunPlan::withoutLiteralTags).toList(),
        mode,
        request.keepHistory(),
        sampling,
        limitIsOurs ? null : maxNewTokens,
        loraAdapter,
        promptCacheFile);
  }

  /** A multimodal prompt has checked its tags itself; other inputs have no text. */
  private static Input withoutLiteralTags(Input input) {
    return switch (input) {
      case TextPrompt prompt ->
          new TextPrompt(LiteralTags.neutralize(prompt.text()), prompt.role(), prompt.thinking());
      case RawPrompt prompt -> new RawPrompt(LiteralTags.neutralize(prompt.text()));
      case MultimodalPrompt _, TokenPrompt _, EmbeddingPrompt _ -> input;
    };
  }
}
