package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the outcomes of a run's answers out of what was recorded and how the run ended. */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger("io.rkllm.Generation");

  private final String model;
  private final RunPlan plan;
  private final RunRecorder run;
  private final long createdAt = System.nanoTime();
  private volatile long startedAt = createdAt;

  Endings(String model, RunPlan plan, RunRecorder run) {
    this.model = model;
    this.plan = plan;
    this.run = run;
  }

  /** The model begins with the run. */
  void started() {
    startedAt = System.nanoTime();
  }

  /** It was stopped while it ran, or while others of its batch go on. */
  Outcome stopped(Answer answer, Stop reason) {
    return switch (reason) {
      case TIMED_OUT -> Outcome.timedOut(plan.timeout(), answer.text());
      case STOP_SEQUENCE -> finished(answer, FinishReason.STOP);
      case TOKEN_LIMIT -> finished(answer, FinishReason.LENGTH);
      case CANCELLED, MODEL_CLOSED, FAULT -> finished(answer, FinishReason.CANCELLED);
    };
  }

  /** Its run has paused. */
  Outcome paused(Answer answer) {
    return finished(answer, FinishReason.PAUSED);
  }

  /** Native code has ended it, while others of its batch go on. */
  Outcome endedByRuntime(Answer answer, NativeModel model) {
    return finished(answer, limitReached(answer, model) ? FinishReason.LENGTH : FinishReason.STOP);
  }

  /**
   * Native code has ended the run; on the model's thread.
   *
   * @param code what it returned
   */
  Outcome ended(Answer answer, int code, NativeModel model) {
    if (code != 0 || run.errorReported()) {
      return Outcome.runFailed(code, run.errorWords(), answer.text());
    }
    boolean cut = limitReached(answer, model) || contextIsFull(answer, model);
    return finished(answer, cut ? FinishReason.LENGTH : FinishReason.STOP);
  }

  /**
   * Native code was not reached.
   *
   * @param reason why; null where the model was closed before anybody stopped it
   */
  Outcome neverBegan(@Nullable Stop reason, @Nullable Throwable fault) {
    return switch (reason) {
      case TIMED_OUT -> Outcome.timedOut(plan.timeout(), "");
      case CANCELLED, STOP_SEQUENCE, TOKEN_LIMIT -> {
        long now = System.nanoTime();
        yield Outcome.nothing(new Outcome.Times(createdAt, now, now));
      }
      case FAULT -> Outcome.thrown("a callback", fault, "");
      case MODEL_CLOSED -> closedBefore();
      case null -> closedBefore();
    };
  }

  private static Outcome closedBefore() {
    return Outcome.failed("the model was closed before this generation began", "");
  }

  private Outcome finished(Answer answer, FinishReason reason) {
    Outcome.Times times = new Outcome.Times(createdAt, startedAt, System.nanoTime());
    return Outcome.finished(answer.text(), reason, times, answer.recorder(), run.performance());
  }

  private boolean limitReached(Answer answer, NativeModel model) {
    Integer own = plan.maxNewTokens();
    int limit = own != null ? own : model.maxNewTokens();
    return limit > 0 && answer.recorder().generated() >= limit;
  }

  private boolean contextIsFull(Answer answer, NativeModel model) {
    try {
      int[] cacheSizes = model.kvCacheSizes();
      int member = answer.member();
      return member < cacheSizes.length && cacheSizes[member] >= model.contextLength() - 1;
    } catch (RkllmException e) {
      LOG.debug("{}: whether the context is full cannot be told", this.model, e);
      return false;
    }
  }
}
