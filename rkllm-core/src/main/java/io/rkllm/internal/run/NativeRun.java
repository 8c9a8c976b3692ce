package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmException;
import io.rkllm.internal.event.RunEvents;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.RunRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a run that takes place on the model's thread: obtains the request from the turn,
 * calls native code, cleans up the KV cache, and updates the history. Used only by that thread.
 */
final class NativeRun {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

  private final ModelParts parts;
  private final ModelHandle handle;
  private final RunState state;
  private final Turn turn;
  private final RunPlan plan;
  private final Answer[] answers;
  private final RunRecorder recorder;
  private final Endings endings;
  private final RunEvents events;

  /** Determines the outcome of each answer. */
  @FunctionalInterface
  interface Ending {
    Outcome of(Answer answer);
  }

  /**
   * The result of the native part of a run.
   *
   * @param ending determines the outcomes of the answers
   * @param reached whether native code was called
   * @param paused whether native code has paused the run, so that it can be resumed
   */
  record Result(Ending ending, boolean reached, boolean paused) {
    private static Result notReached(Ending ending) {
      return new Result(ending, false, false);
    }
  }

  NativeRun(
      ModelParts parts,
      RunState state,
      Turn turn,
      RunPlan plan,
      Answer[] answers,
      RunRecorder recorder,
      Endings endings,
      RunEvents events) {
    this.parts = parts;
    this.handle = parts.handle();
    this.state = state;
    this.turn = turn;
    this.plan = plan;
    this.answers = answers;
    this.recorder = recorder;
    this.endings = endings;
    this.events = events;
  }

  /** Performs the run. Blocks until native code has returned. */
  Result run(RunGate.Entrant entrant) {
    RunRequest request;
    try {
      request = prepare();
    } catch (ContextOverflowException overflow) {
      return Result.notReached(_ -> new Outcome.Failed(overflow));
    } catch (Throwable thrown) {
      return Result.notReached(
          _ -> Outcome.thrown(endings.function(), "preparing the input", thrown, ""));
    }
    Integer code;
    try {
      code = parts.gate().pass(entrant, request, recorder);
    } catch (ModelLostException lost) {
      return afterLoss(lost);
    }
    if (code == null) {
      return Result.notReached(answer -> endings.neverBegan(reasonFor(answer), state.failure()));
    }
    Figures figures = endings.returned();
    events.returned(figures.prefillTokens().orElse(0));
    flushAnswers();
    if (recorder.paused() && code == 0 && !stopRequested()) {
      return new Result(endings::paused, true, true);
    }
    return new Result(afterwards(request, code), true, false);
  }

  /** Ends the run with its model, of which nothing has to be cleaned up. */
  private Result afterLoss(ModelLostException lost) {
    handle.lost(lost);
    events.returned(0);
    flushAnswers();
    return new Result(answer -> lostOutcome(answer, lost), true, false);
  }

  private Outcome lostOutcome(Answer answer, ModelLostException lost) {
    Stop stopped = reasonFor(answer);
    return stopped != null && stopped != Stop.FAILURE
        ? endings.stopped(answer, stopped)
        : Outcome.lost(endings.function(), lost, answer.text());
  }

  private RunRequest prepare() {
    RunRequest request = plan.applyTo(turn.begin(handle.model()));
    boolean ownTokenizer = handle.config().tokenizer() != null;
    ContextFit fit =
        ContextFit.of(
            request, handle.tokenizer(), ownTokenizer, history(request), handle.contextLength());
    endings.begins(request, fit);
    fit.refuseOverflow();
    fit.refuseLongerThan(plan.maxPromptTokens());
    handle.embeddingWidth().require(request, handle.model(), turn.isStandalone());
    return request;
  }

  /**
   * Returns the number of positions in the KV cache that the run continues from, or null if
   * unknown.
   */
  private @Nullable Integer history(RunRequest request) {
    if (!request.keepHistory() && plan.alreadyGenerated() == 0) {
      return 0;
    }
    try {
      return handle.kvCacheSizes()[0];
    } catch (RkllmException e) {
      return null;
    }
  }

  private void flushAnswers() {
    if (!state.hasEnded()) { // the log of an abandoned run has already ended
      for (Answer answer : answers) {
        answer.flush();
      }
    }
  }

  /** Cleans up the cache and updates the history. */
  private Ending afterwards(RunRequest request, int code) {
    Outcome[] outcomes =
        Arrays.stream(answers).map(answer -> outcome(answer, code)).toArray(Outcome[]::new);
    if (!request.keepHistory() && leavesCacheUnclear(code, outcomes)) {
      clearCache();
    }
    try {
      if (outcomes[0] instanceof Outcome.Finished(GenerationResult result, _)
          && !state.hasEnded()) { // otherwise its readers were notified of a failure
        turn.end(result);
      }
    } catch (Throwable thrown) {
      return answer ->
          Outcome.thrown(endings.function(), "keeping the history", thrown, answer.text());
    }
    return answer -> outcomes[answer.member()];
  }

  private Outcome outcome(Answer answer, int code) {
    Throwable thrown = state.failure();
    if (thrown instanceof ContextOverflowException overflow) {
      return new Outcome.Failed(
          overflow); // detected when native code asks for tokens or embeddings
    }
    if (thrown != null) {
      return Outcome.thrown(endings.function(), "a callback", thrown, answer.text());
    }
    Stop stopped = reasonFor(answer);
    return stopped != null ? endings.stopped(answer, stopped) : endings.ended(answer, code);
  }

  /**
   * Returns whether the contents of the cache are undefined after the run. An aborted run that
   * native code brought to its end leaves the cache in the same state as an ordinary run, so the
   * next prompt can reuse its prefix.
   */
  private boolean leavesCacheUnclear(int code, Outcome[] outcomes) {
    if (code != 0 || recorder.errorReported() || recorder.pauseWasGranted()) {
      return true;
    }
    if (stopRequested()) {
      return !recorder.finished() || parts.clearCacheAfterStop();
    }
    return Arrays.stream(outcomes).anyMatch(Outcome.Failed.class::isInstance);
  }

  private void clearCache() {
    int code = handle.clearKvCache(true);
    if (code != 0) {
      LOG.warn(
          "{}: rkllm_clear_kv_cache returned {} after a stopped or failed run",
          handle.name(),
          code);
    }
  }

  private boolean stopRequested() {
    return state.stopReason() != null;
  }

  private @Nullable Stop reasonFor(Answer answer) {
    Stop own = answer.state().stopReason();
    return own != null ? own : state.stopReason();
  }
}
