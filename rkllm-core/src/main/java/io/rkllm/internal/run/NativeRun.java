package io.rkllm.internal.run;

import io.rkllm.ContextOverflowException;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmException;
import io.rkllm.internal.event.RunEvents;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.RunRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the model's thread does for a run: it asks the turn what goes in, calls native code, tidies
 * the KV cache and has the history kept. Used by that thread alone.
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

  /** Tells how each answer ended. */
  @FunctionalInterface
  interface Ending {
    Outcome of(Answer answer);
  }

  /**
   * What came of it.
   *
   * @param ending how its answers ended
   * @param reached whether native code was reached
   * @param paused whether native code holds the run, so that it can be resumed
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

  /** Runs to the end. Blocks until native code has returned. */
  Result run(RunGate.Entrant entrant) {
    RunRequest request;
    try {
      request = prepare();
    } catch (ContextOverflowException overflow) {
      return Result.notReached(_ -> new Outcome.Failed(overflow));
    } catch (Throwable thrown) {
      return Result.notReached(_ -> Outcome.thrown("preparing the input", thrown, ""));
    }
    Integer code = parts.gate().pass(entrant, request, recorder);
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

  private RunRequest prepare() {
    RunRequest request = plan.applyTo(turn.begin(handle.model()));
    boolean ownTokenizer = handle.config().tokenizer() != null;
    ContextFit fit = ContextFit.of(request, ownTokenizer, history(request), handle.contextLength());
    endings.begins(request, fit);
    fit.refuseOverflow();
    handle.embeddingWidth().require(request, handle.model(), turn.isStandalone());
    return request;
  }

  /** Returns how much of the KV cache the run goes on from; null if it cannot be told. */
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
    if (!state.hasEnded()) { // the log of a run that was given up has ended
      for (Answer answer : answers) {
        answer.flush();
      }
    }
  }

  /** Tidies the cache and has the history kept. */
  private Ending afterwards(RunRequest request, int code) {
    Outcome[] outcomes =
        Arrays.stream(answers).map(answer -> outcome(answer, code)).toArray(Outcome[]::new);
    if (!request.keepHistory() && leavesCacheUnclear(code, outcomes)) {
      clearCache();
    }
    try {
      boolean readersWait = !state.hasEnded(); // otherwise its readers were told of a failure
      turn.end(
          readersWait && outcomes[0] instanceof Outcome.Finished(GenerationResult result)
              ? result
              : null);
    } catch (Throwable thrown) {
      return answer -> Outcome.thrown("keeping the history", thrown, answer.text());
    }
    return answer -> outcomes[answer.member()];
  }

  private Outcome outcome(Answer answer, int code) {
    Throwable thrown = state.failure();
    if (thrown instanceof ContextOverflowException overflow) {
      return new Outcome.Failed(overflow); // found where native code asks for tokens or rows
    }
    if (thrown != null) {
      return Outcome.thrown("a callback", thrown, answer.text());
    }
    Stop stopped = reasonFor(answer);
    return stopped != null ? endings.stopped(answer, stopped) : endings.ended(answer, code);
  }

  /**
   * Returns whether nobody knows what the run has left in the cache. An aborted run that native
   * code brought to its end leaves what an ordinary one does, and the next prompt reuses its
   * prefix.
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
