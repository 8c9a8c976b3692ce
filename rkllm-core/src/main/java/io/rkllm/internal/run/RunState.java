package io.rkllm.internal.run;

import org.jspecify.annotations.Nullable;

/**
 * How far a run has come, and why it ends before its natural end.
 *
 * <pre>
 *            begin              end
 *   WAITING ───────▶ RUNNING ───────────▶ ENDED
 *      │                │                  ▲ ▲
 *      │                │ stop             │ │
 *      │                ▼          end     │ │
 *      │             STOPPING ─────────────┘ │
 *      │                           stop      │
 *      └─────────────────────────────────────┘
 * </pre>
 *
 * <p>The model's thread begins and ends it; any thread may stop it, and the first reason counts.
 * Whoever makes the step to ENDED publishes the outcomes, so each is published once. A run that
 * pauses has ended; what resumes it is a run of its own.
 *
 * <p>Allocates nothing, since a run must be able to stop in a full heap. Thread-safe.
 */
final class RunState {
  enum Phase {
    /** In the model's queue. */
    WAITING,
    /** The model's thread has begun with it. */
    RUNNING,
    /** It was stopped after it had begun, and has not come back from native code yet. */
    STOPPING,
    /** Its outcomes are published, or are about to be. */
    ENDED
  }

  private Phase phase = Phase.WAITING; // guarded by this
  private boolean begun; // guarded by this
  private volatile @Nullable Stop stop; // read at each token
  private volatile @Nullable Throwable failure;

  /** From WAITING to RUNNING; false if it was stopped before. */
  synchronized boolean begin() {
    if (phase != Phase.WAITING) {
      return false;
    }
    phase = Phase.RUNNING;
    begun = true;
    return true;
  }

  /**
   * From WAITING to ENDED, or from RUNNING to STOPPING.
   *
   * @return the new phase; null if it was stopped before or has ended, so that nothing is to be
   *     done
   */
  synchronized @Nullable Phase stop(Stop reason) {
    if (stop != null || phase == Phase.ENDED) {
      return null;
    }
    stop = reason;
    phase = phase == Phase.WAITING ? Phase.ENDED : Phase.STOPPING;
    return phase;
  }

  /** From RUNNING or STOPPING to ENDED; false if it had been given up. */
  synchronized boolean end() {
    if (phase == Phase.ENDED) {
      return false;
    }
    phase = Phase.ENDED;
    return true;
  }

  /** From STOPPING to ENDED, where native code does not come back; false if it has. */
  synchronized boolean giveUp() {
    if (phase != Phase.STOPPING) {
      return false;
    }
    phase = Phase.ENDED;
    return true;
  }

  /** Notes what was thrown inside a callback; true the first time. */
  synchronized boolean fail(Throwable thrown) {
    if (failure != null) {
      return false;
    }
    failure = thrown;
    return true;
  }

  /** Returns whether the model's thread has ever begun with it. */
  synchronized boolean hasBegun() {
    return begun;
  }

  /** Returns whether it has ended; before the native run has returned, if it was given up. */
  synchronized boolean hasEnded() {
    return phase == Phase.ENDED;
  }

  /** Returns why it was stopped, or null. */
  @Nullable Stop stopReason() {
    return stop;
  }

  /** Returns what was thrown inside a callback, or null. */
  @Nullable Throwable failure() {
    return failure;
  }
}
