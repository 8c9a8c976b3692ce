package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunPerformance;
import java.util.OptionalInt;
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
  private volatile int[] cacheSizes = {}; // by the end of the run; empty where that cannot be told

  Endings(String model, RunPlan plan, RunRecorder run) {
    this.model = model;
    this.plan = plan;
    this.run = run;
  }

  /** The model begins with the run. */
  void started() {
    startedAt = System.nanoTime();
  }

  /** Native code has ended the run; on the model's thread. */
  void returned(NativeModel model) {
    try {
      cacheSizes = model.kvCacheSizes();
    } catch (RkllmException e) {
      LOG.debug("{}: how much the KV cache holds cannot be told", this.model, e);
    }
  }

  /** It was stopped while it ran, or while others of its batch go on. */
  Outcome stopped(Answer answer, Stop reason) {
    return reason == Stop.TIMED_OUT
        ? Outcome.timedOut(plan.timeout(), answer.text())
        : finished(answer, finishReason(reason));
  }

  /** Its run has paused. */
  Outcome paused(Answer answer) {
    return finished(answer, FinishReason.PAUSED);
  }

  /** Why an answer of a batch ends that was stopped, or that native code has ended. */
  FinishReason reasonOf(Answer answer, @Nullable Stop stop, NativeModel model) {
    if (stop != null) {
      return finishReason(stop);
    }
    return limitReached(answer, model) ? FinishReason.LENGTH : FinishReason.STOP;
  }

  private static FinishReason finishReason(Stop stop) {
    return switch (stop) {
      case STOP_SEQUENCE -> FinishReason.STOP;
      case TOKEN_LIMIT -> FinishReason.LENGTH;
      case CANCELLED, TIMED_OUT, MODEL_CLOSED, FAULT -> FinishReason.CANCELLED;
    };
  }

  /** It has ended by itself, whatever became of its run. */
  Outcome settled(Answer answer, Answer.Settled settled) {
    return finished(answer, settled.reason(), settled.early() ? null : run.performance());
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
    return finished(answer, reason, run.performance());
  }

  private Outcome finished(
      Answer answer, FinishReason reason, @Nullable RunPerformance performance) {
    boolean stopped = answer.recorder().stopSequenceFound(); // perhaps in what was held back
    Outcome.Times times = new Outcome.Times(createdAt, startedAt, System.nanoTime());
    return Outcome.finished(
        answer.text(),
        reason == FinishReason.LENGTH && stopped ? FinishReason.STOP : reason,
        times,
        answer.recorder(),
        promptTokens(answer),
        performance);
  }

  private boolean limitReached(Answer answer, NativeModel model) {
    Integer own = plan.maxNewTokens();
    int limit = own != null ? own : model.maxNewTokens();
    return limit > 0 && plan.alreadyGenerated() + answer.recorder().generated() >= limit;
  }

  private boolean contextIsFull(Answer answer, NativeModel model) {
    int member = answer.member();
    return member < cacheSizes.length && cacheSizes[member] >= model.contextLength() - 1;
  }

  /** What the cache holds beyond the answer. */
  private OptionalInt promptTokens(Answer answer) {
    int member = answer.member();
    int generated = plan.alreadyGenerated() + run.reported(member);
    return member < cacheSizes.length && cacheSizes[member] > generated
        ? OptionalInt.of(cacheSizes[member] - generated)
        : OptionalInt.empty();
  }
}
