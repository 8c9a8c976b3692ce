package io.rkllm.internal.model;

import io.rkllm.GenerationOptions;
import io.rkllm.input.Input;
import io.rkllm.internal.callback.UserCallback;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.run.Answer;
import io.rkllm.internal.run.MediaCheck;
import io.rkllm.internal.run.ModelGeneration;
import io.rkllm.internal.run.ModelParts;
import io.rkllm.internal.run.RunPlan;
import io.rkllm.internal.run.RunTask;
import io.rkllm.internal.run.Turn;
import io.rkllm.internal.session.SessionRuns;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import java.nio.file.Path;
import java.util.List;

/** Starts the runs of a model, after all checks that can be made beforehand. */
final class Runs implements SessionRuns {
  private final ModelParts parts;
  private final Attachments attachments;

  Runs(ModelParts parts, Attachments attachments) {
    this.parts = parts;
    this.attachments = attachments;
  }

  @Override
  public ModelGeneration start(Input input, Turn turn, GenerationOptions options) {
    return new ModelGeneration(start(input, turn, plan(turn, options)));
  }

  @Override
  public ModelGeneration start(Turn turn, GenerationOptions options) {
    refuseForBatches("conversations");
    return new ModelGeneration(
        submit(1, List.of(), turn, plan(turn, options)).answers().getFirst());
  }

  /** Starts a run of one input. */
  Answer start(Input input, Turn turn, RunPlan plan) {
    refuseForBatches("single inputs");
    return submit(1, List.of(input), turn, plan).answers().getFirst();
  }

  /** Starts one run for all inputs of a batch. */
  List<ModelGeneration> startBatch(List<Input> inputs, Turn turn, GenerationOptions options) {
    return submit(inputs.size(), inputs, turn, plan(turn, options)).answers().stream()
        .map(ModelGeneration::new)
        .toList();
  }

  /**
   * @param inputs the inputs provided by the caller; text rendered by a turn needs no check
   */
  private RunTask submit(int answers, List<Input> inputs, Turn turn, RunPlan plan) {
    attachments.refuseWithoutCrossAttention();
    inputs.forEach(this::refuseUnusable);
    Leases leases = Leases.of(inputs);
    RunTask task;
    try {
      task = new RunTask(parts, turn, plan, answers, leases);
    } catch (Throwable thrown) { // the heap is full
      leases.close();
      throw thrown;
    }
    task.submit();
    return task;
  }

  private void refuseUnusable(Input input) {
    parts.handle().embeddingWidth().check(input);
    MediaCheck.check(input, parts.handle().config(), runtime());
  }

  private RunPlan plan(Turn turn, GenerationOptions options) {
    if (options.sampling() != null) {
      runtime().require(Capability.PER_RUN_SAMPLING);
    }
    boolean limitEnforcedBySdk =
        options.maxNewTokens() != null && !runtime().supports(Capability.PER_RUN_MAX_NEW_TOKENS);
    if (turn.keptByRuntime()) {
      if (limitEnforcedBySdk) {
        runtime().require(Capability.PER_RUN_MAX_NEW_TOKENS);
      }
      refuseInNativeHistory("stopSequences", !options.stopSequences().isEmpty());
      refuseInNativeHistory("savePromptCache", options.savePromptCache() != null);
    }
    Path promptCacheFile = options.savePromptCache();
    return RunPlan.generation()
        .timeout(options.timeout())
        .sampling(options.sampling())
        .maxNewTokens(options.maxNewTokens(), limitEnforcedBySdk)
        .maxPromptTokens(options.maxPromptTokens())
        .stopSequences(options.stopSequences())
        .loraAdapter(attachments.nameOf(options.lora()))
        .promptCacheFile(
            promptCacheFile == null ? null : Check.writableFile("savePromptCache", promptCacheFile))
        .build();
  }

  private static void refuseInNativeHistory(String option, boolean asked) {
    if (asked) {
      throw new IllegalArgumentException(
          option
              + " is not possible in a session whose history the runtime keeps; load the model with"
              + " a chat format (RkllmModel.Builder.chatFormat)");
    }
  }

  /**
   * Rejects inputs that a model loaded for batches does not accept.
   *
   * @throws IllegalStateException if the model was loaded for batches
   */
  void refuseForBatches(String what) {
    int inputs = parts.handle().config().batchSize();
    if (inputs > 1) {
      throw new IllegalStateException(
          "the model was loaded for batches of %d inputs and does not accept %s; use generateBatch(), or load it without batchSize"
              .formatted(inputs, what));
    }
  }

  @Override
  public void refuseClosed(String call) {
    UserCallback.refuseInside(call);
    parts.queue().refuseClosed();
  }

  private RuntimeInfo runtime() {
    return parts.handle().runtime().info();
  }
}
