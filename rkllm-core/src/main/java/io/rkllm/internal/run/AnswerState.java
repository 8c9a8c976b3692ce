package io.rkllm.internal.run;

import io.rkllm.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * The state of an answer, which may end before its run does.
 *
 * <pre>
 *            detach             publish
 *   WANTED ─────────▶ DETACHED ──────────▶ ENDED
 *      │                                     ▲
 *      │                 publish             │
 *      └─────────────────────────────────────┘
 * </pre>
 *
 * <p>A detached answer no longer needs its run, because it was stopped or native code has ended it.
 * A stop is recorded in addition to the phase. The completion of a detached answer may be set; the
 * further course of the run does not change it.
 *
 * <p>Allocates nothing, since an answer must be able to end in a full heap. Thread-safe.
 */
final class AnswerState {
  private enum Phase {
    WANTED,
    DETACHED,
    ENDED
  }

  /**
   * The way in which an answer completed before its run ended.
   *
   * @param reason the reason why it ended
   * @param early whether the run continued, so that its measurements do not apply to this answer
   */
  record Completion(FinishReason reason, boolean early) {}

  private Phase phase = Phase.WANTED; // guarded by this
  private volatile @Nullable Stop stop; // read for each token
  private volatile @Nullable Completion completion;

  /**
   * Records the reason why the answer is stopped. Returns false if it was already stopped. Has no
   * further effect if it has ended.
   */
  synchronized boolean stop(Stop reason) {
    if (stop != null) {
      return false;
    }
    stop = reason;
    return true;
  }

  /** Moves from WANTED to DETACHED. Returns true the first time. */
  synchronized boolean detach() {
    if (phase != Phase.WANTED) {
      return false;
    }
    phase = Phase.DETACHED;
    return true;
  }

  /** Sets the completion. Called by the thread whose {@link #detach} returned true. */
  void complete(Completion how) {
    completion = how;
  }

  /** Moves to ENDED. Returns true the first time. */
  synchronized boolean publish() {
    if (phase == Phase.ENDED) {
      return false;
    }
    phase = Phase.ENDED;
    return true;
  }

  /** Returns the reason why the answer was stopped, or null. */
  @Nullable Stop stopReason() {
    return stop;
  }

  /** Returns the completion, or null. */
  @Nullable Completion completion() {
    return completion;
  }
}
