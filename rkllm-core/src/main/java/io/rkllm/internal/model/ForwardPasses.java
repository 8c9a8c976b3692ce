package io.rkllm.internal.model;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.ModelClosedException;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.input.Input;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.forward.ForwardReader;
import io.rkllm.internal.run.ModelGeneration;
import io.rkllm.internal.run.ModelParts;
import io.rkllm.internal.run.RunPlan;
import io.rkllm.internal.run.Turn;
import io.rkllm.internal.session.Conversations;
import io.rkllm.spi.InferenceMode;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs that compute logits or hidden states without generating text. Each method blocks until the
 * run has ended.
 */
final class ForwardPasses {
  private final ModelParts parts;
  private final Runs runs;
  private final Attachments attachments;
  private final Conversations conversations;

  ForwardPasses(ModelParts parts, Runs runs, Attachments attachments, Conversations conversations) {
    this.parts = parts;
    this.runs = runs;
    this.attachments = attachments;
    this.conversations = conversations;
  }

  <R extends @Nullable Object> R readLogits(
      Input input, ForwardOptions options, Function<? super Logits, ? extends R> reader) {
    Check.nonNull("reader", reader);
    return run(input, InferenceMode.LOGITS, options, ForwardReader.ofLogits(reader));
  }

  Logits logits(Input input, Positions positions, ForwardOptions options) {
    Check.nonNull("positions", positions);
    return readLogits(input, options, logits -> Copy.of(() -> logits.copy(positions))).orThrow();
  }

  <R extends @Nullable Object> R readHiddenStates(
      Input input, ForwardOptions options, Function<? super HiddenStates, ? extends R> reader) {
    Check.nonNull("reader", reader);
    return run(
        input, InferenceMode.LAST_HIDDEN_LAYER, options, ForwardReader.ofHiddenStates(reader));
  }

  HiddenStates hiddenStates(Input input, Positions positions, ForwardOptions options) {
    Check.nonNull("positions", positions);
    return readHiddenStates(input, options, states -> Copy.of(() -> states.copy(positions)))
        .orThrow();
  }

  /**
   * A copy, or the reason why it was rejected. A rejection is the caller's error and does not fail
   * the run.
   */
  private record Copy<T>(@Nullable T copy, @Nullable IllegalArgumentException refusal) {
    static <T> Copy<T> of(Supplier<T> copying) {
      try {
        return new Copy<>(copying.get(), null);
      } catch (IllegalArgumentException refusal) {
        return new Copy<>(null, refusal);
      }
    }

    T orThrow() {
      if (copy == null) {
        throw Objects.requireNonNull(refusal);
      }
      return copy;
    }
  }

  private <R extends @Nullable Object> R run(
      Input input, InferenceMode mode, ForwardOptions options, ForwardReader<R> reader) {
    Check.nonNull("input", input);
    Check.nonNull("options", options);
    String what = mode == InferenceMode.LOGITS ? "logits" : "hidden states";
    parts.threads().refuseOwnThread(what);
    parts.queue().refuseClosedOrPaused(what);
    conversations.refuseCacheLoss(what);
    RunPlan plan =
        RunPlan.forwardPass(mode, reader)
            .timeout(options.timeout())
            .loraAdapter(attachments.nameOf(options.lora()))
            .build();
    Turn pass = conversations.forwardPass(input);
    Turn turn =
        model -> {
          conversations.refuseCacheLoss(what); // a session may have been opened in the meantime
          return pass.begin(model);
        };
    GenerationResult ended = new ModelGeneration(runs.start(input, turn, plan)).await();
    if (ended.finishReason() == FinishReason.MODEL_CLOSED && !reader.wasCalled()) {
      throw new ModelClosedException(
          "the model was closed before the runtime returned the " + what, "");
    }
    return reader.result();
  }
}
