package io.rkllm.internal.run;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmException;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.RunRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the outcomes of a run's answers from the recorded data and the end of the run. */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

  private final ModelHandle handle;
  private final RunPlan plan;
  private final RunRecorder run;
  private final long createdAt = System.nanoTime();
  private volatile long startedAt = createdAt;
  private volatile ContextFit fit = ContextFit.UNKNOWN;
  private volatile boolean toolPrompt;

  // Known at the end of the run:
  private volatile int[] cacheSizes = {}; // empty if unknown
  private volatile int contextLength; // 0 if unknown
  private volatile Figures figures = Figures.NONE;

  Endings(ModelHandle handle, RunPlan plan, RunRecorder run) {
    this.handle = handle;
    this.plan = plan;
    this.run = run;
  }

  /** Notes that the model has started the run. */
  void started() {
    startedAt = System.nanoTime();
  }

  /** Notes the request that native code is about to receive. */
  void begins(RunRequest request, ContextFit fit) {
    this.fit = fit;
    toolPrompt = request.inputs().stream().anyMatch(Endings::isOfTool);
  }

  private static boolean isOfTool(Input input) {
    return switch (input) {
      case TextPrompt prompt -> prompt.role() == Role.TOOL;
      case MultimodalPrompt prompt -> prompt.role() == Role.TOOL;
      default -> false;
    };
  }

  /**
   * Notes that native code has ended the run, and returns its measurements. Called on the model's
   * thread.
   */
  Figures returned() {
    contextLength = handle.contextLength();
    long capacity = contextLength > 0 ? contextLength : Integer.MAX_VALUE;
    figures = Figures.of(run.performance(), capacity * handle.config().batchSize());
    try {
      cacheSizes = handle.kvCacheSizes();
    } catch (RkllmException e) {
      LOG.debug("{}: the size of the KV cache is unknown", handle.name(), e);
    }
    return figures;
  }

  /**
   * Returns the outcome of an answer that was stopped while it ran, possibly while others of its
   * batch continue.
   */
  Outcome stopped(Answer answer, Stop reason) {
    return reason == Stop.TIMED_OUT
        ? Outcome.timedOut(function(), plan.timeout(), answer.text())
        : finished(answer, finishReason(answer, reason));
  }

  /** Returns the outcome of an answer whose run has paused. */
  Outcome paused(Answer answer) {
    return finished(answer, FinishReason.PAUSED);
  }

  /** Returns the reason why an answer of a batch ends that was stopped or ended by native code. */
  FinishReason reasonOf(Answer answer, @Nullable Stop stop) {
    if (stop != null) {
      return finishReason(answer, stop);
    }
    return limitReached(answer) ? FinishReason.LENGTH : FinishReason.STOP;
  }

  private static FinishReason finishReason(Answer answer, Stop stop) {
    return switch (stop) {
      case STOP_SEQUENCE -> FinishReason.STOP;
      case TOKEN_LIMIT ->
          answer.recorder().endedByStopToken() ? FinishReason.STOP : FinishReason.LENGTH;
      case MODEL_CLOSED -> FinishReason.MODEL_CLOSED;
      case CANCELLED, TIMED_OUT, FAILURE -> FinishReason.CANCELLED;
    };
  }

  /** Returns the outcome of an answer that has completed, whatever the outcome of its run. */
  Outcome completed(Answer answer, AnswerState.Completion completion) {
    if (completion.early()) {
      return finished(answer, completion.reason(), Figures.NONE);
    }
    boolean full = contextIsFull(answer); // unknown before the run has returned
    return finished(answer, full ? FinishReason.LENGTH : completion.reason(), figures);
  }

  /**
   * Returns the outcome of an answer whose run has been ended by native code. Called on the model's
   * thread.
   *
   * @param code the return code of native code
   */
  Outcome ended(Answer answer, int code) {
    if (code != 0 || run.errorReported()) {
      return runFailed(answer, code);
    }
    if (run.outputIsMissing()) {
      return Outcome.failed(
          function(),
          "the run succeeded, but the runtime returned no output; the model may have been converted"
              + " without this output",
          "");
    }
    if (plan.reader() == null && run.reportedNothing(answer)) {
      return Outcome.failed(
          function(),
          function()
              + " returned 0 without a token and without reporting the end of the answer, so it"
              + " must have failed. Its log lines may say more; if it happens again, load the model"
              + " again.",
          "");
    }
    boolean cut = limitReached(answer) || contextIsFull(answer);
    return finished(answer, cut ? FinishReason.LENGTH : FinishReason.STOP);
  }

  /** Returns the C function that performed the run. */
  String function() {
    return handle.config().nativeAsync() ? "rkllm_run_async" : "rkllm_run";
  }

  private Outcome runFailed(Answer answer, int code) {
    boolean noMessage = run.errorMessage().isEmpty() && run.generatedNothing();
    if (noMessage && fit.overflows()) {
      return new Outcome.Failed(fit.overflow(function(), code));
    }
    List<String> causes = new ArrayList<>();
    if (noMessage && toolPrompt) {
      causes.add("the prompt of role TOOL must be JSON (an array of results)");
    }
    if (noMessage && fit.mayOverflow()) {
      causes.add(
          "the prompt does not fit into the context of %d tokens (shorten it, start a new session, or load the model with a larger contextLength)"
              .formatted(fit.context()));
    }
    return Outcome.runFailed(function(), code, run.errorMessage(), causes, answer.text());
  }

  /**
   * Returns the outcome of an answer whose run did not reach native code.
   *
   * @param reason the reason; null if the model was closed before the run was stopped
   */
  Outcome neverBegan(@Nullable Stop reason, @Nullable Throwable failure) {
    return switch (reason) {
      case TIMED_OUT -> Outcome.timedOut(function(), plan.timeout(), "");
      case CANCELLED, STOP_SEQUENCE, TOKEN_LIMIT -> {
        long now = System.nanoTime();
        yield Outcome.nothing(new Outcome.Times(createdAt, now, now));
      }
      case FAILURE -> Outcome.thrown(function(), "a callback", failure, "");
      case MODEL_CLOSED -> closedBefore();
      case null -> closedBefore();
    };
  }

  private static Outcome closedBefore() {
    return new Outcome.Failed(
        new ModelClosedException("the model was closed before this generation began", ""));
  }

  private Outcome finished(Answer answer, FinishReason reason) {
    return finished(answer, reason, figures);
  }

  private Outcome finished(Answer answer, FinishReason reason, Figures measured) {
    boolean stopped = answer.recorder().stopSequenceFound(); // possibly in the withheld text
    Outcome.Times times = new Outcome.Times(createdAt, startedAt, System.nanoTime());
    return Outcome.finished(
        answer.text(),
        answer.tokenIds(),
        reason == FinishReason.LENGTH && stopped ? FinishReason.STOP : reason,
        times,
        answer.recorder(),
        promptTokens(answer),
        measured);
  }

  /**
   * Returns whether the limit truncated the answer, rather than the model ending it exactly there.
   */
  private boolean limitReached(Answer answer) {
    return answer.recorder().limitReached() && !answer.recorder().endedByStopToken();
  }

  /**
   * Returns whether the end of the context truncated the answer. This is not the case if the window
   * is shifted.
   */
  private boolean contextIsFull(Answer answer) {
    return !answer.recorder().endedByStopToken()
        && cacheIsFull(answer)
        && beyondAnswer(answer) >= prefilled() - 1;
  }

  private boolean cacheIsFull(Answer answer) {
    return contextLength > 0
        && answer.member() < cacheSizes.length
        && cacheSizes[answer.member()] >= contextLength - 1;
  }

  /**
   * Returns the number of tokens in the cache other than the answer, which is less than the prompt
   * if the window was shifted.
   */
  private int beyondAnswer(Answer answer) {
    int member = answer.member();
    return cacheSizes[member] - plan.alreadyGenerated() - run.cached(member);
  }

  /** Returns the minimum length of the prompt, or 0 if it is unknown. */
  private int prefilled() {
    return cacheSizes.length == 1
        ? figures.prefillTokens().orElse(0)
        : 0; // otherwise of all members
  }

  /**
   * Returns the length of the prompt. A runtime that does not put the last token into its cache
   * holds one token less, which is visible if the whole prompt was processed. If the cache is full,
   * the length is known only if the whole prompt was processed, because the window may have been
   * shifted.
   */
  private OptionalInt promptTokens(Answer answer) {
    if (answer.member() >= cacheSizes.length) {
      return OptionalInt.empty();
    }
    int prefilled = prefilled();
    int prompt = beyondAnswer(answer);
    if (prompt == prefilled - 1) {
      prompt = prefilled;
    }
    boolean shifted = prompt < prefilled || (cacheIsFull(answer) && prompt > prefilled);
    return prompt > 0 && !shifted ? OptionalInt.of(prompt) : OptionalInt.empty();
  }
}
