package io.rkllm.internal.run;

import io.rkllm.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * How far an answer has come, which may end before its run does.
 *
 * <pre>
 *            detach             publish
 *   WANTED ─────────▶ DETACHED ──────────▶ ENDED
 *      │                                     ▲
 *      │                 publish             │
 *      └─────────────────────────────────────┘
 * </pre>
 *
 * <p>An answer that has left is not wanted from its run any more: it was stopped, or native code
 * has ended it. A stop is noted beside the phase. Its completion may be set then, and nothing that
 * becomes of the run changes that.
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
   * How an answer ended by itself.
   *
   * @param reason why it ended
   * @param early whether the run went on, so that its figures are not this answer's
   */
  record Completion(FinishReason reason, boolean early) {}

  private Phase phase = Phase.WANTED; // guarded by this
  private volatile @Nullable Stop stop; // read at each token
  private volatile @Nullable Completion completion;

  /** Notes why it is stopped; false if it was stopped before or has ended. */
  synchronized boolean stop(Stop reason) {
    if (stop != null || phase == Phase.ENDED) {
      return false;
    }
    stop = reason;
    return true;
  }

  /** From WANTED to DETACHED; true the first time. */
  synchronized boolean detach() {
    if (phase != Phase.WANTED) {
      return false;
    }
    phase = Phase.DETACHED;
    return true;
  }

  /** Sets how it ended. Called by the thread whose {@link #detach} returned true. */
  void complete(Completion how) {
    completion = how;
  }

  /** To ENDED; true the first time. */
  synchronized boolean publish() {
    if (phase == Phase.ENDED) {
      return false;
    }
    phase = Phase.ENDED;
    return true;
  }

  /** Returns why it was stopped, or null. */
  @Nullable Stop stopReason() {
    return stop;
  }

  /** Returns how it ended by itself, or null. */
  @Nullable Completion completion() {
    return completion;
  }
}
