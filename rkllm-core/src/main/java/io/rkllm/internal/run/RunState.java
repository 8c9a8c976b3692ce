package io.rkllm.internal.run;

import org.jspecify.annotations.Nullable;

/**
 * The state of a run, and the reason why it is stopped.
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
 * <p>The model's thread starts and ends a run. Any thread may stop it; only the first reason
 * counts. The thread that changes the state to ENDED publishes the outcomes, so each is published
 * once. A paused run has ended; it is resumed by another run.
 *
 * <p>Allocates nothing, because it must be possible to stop a run if the heap is full. Thread-safe.
 */
final class RunState {
  enum Phase {
    /** The run is in the model's queue. */
    WAITING,
    /** The model's thread has started the run. */
    RUNNING,
    /** The run was stopped after its start, and native code has not returned yet. */
    STOPPING,
    /** The outcomes have been published, or are about to be. */
    ENDED
  }

  private Phase phase = Phase.WAITING; // guarded by this
  private boolean begun; // guarded by this
  private volatile @Nullable Stop stop; // read for each token
  private volatile @Nullable Throwable failure;

  /** Changes the state from WAITING to RUNNING. Returns false if the run was stopped before. */
  synchronized boolean begin() {
    if (phase != Phase.WAITING) {
      return false;
    }
    phase = Phase.RUNNING;
    begun = true;
    return true;
  }

  /**
   * Changes the state from WAITING to ENDED, or from RUNNING to STOPPING.
   *
   * @return the new state, or null if the run was already stopped or has ended, so that nothing
   *     remains to be done
   */
  synchronized @Nullable Phase stop(Stop reason) {
    if (stop != null || phase == Phase.ENDED) {
      return null;
    }
    stop = reason;
    phase = phase == Phase.WAITING ? Phase.ENDED : Phase.STOPPING;
    return phase;
  }

  /**
   * <<<<<<< HEAD Changes the state from RUNNING or STOPPING to ENDED, because native code has
   * returned or is no longer awaited. Returns false if the run had ended already. ======= Changes
   * the state from RUNNING or STOPPING to ENDED. Returns false if the run was abandoned before.
   * >>>>>>> main
   */
  synchronized boolean end() {
    if (phase == Phase.ENDED) {
      return false;
    }
    phase = Phase.ENDED;
    return true;
  }

  /** Records an exception thrown inside a callback. Returns true the first time. */
  synchronized boolean fail(Throwable thrown) {
    if (failure != null) {
      return false;
    }
    failure = thrown;
    return true;
  }

  /** Returns whether the model's thread has ever started the run. */
  synchronized boolean hasBegun() {
    return begun;
  }

  /**
   * Returns whether the run has ended. A run that was abandoned has ended although the native run
   * has not returned.
   */
  synchronized boolean hasEnded() {
    return phase == Phase.ENDED;
  }

  /** Returns the reason why the run was stopped, or null. */
  @Nullable Stop stopReason() {
    return stop;
  }

  /** Returns the exception thrown inside a callback, or null. */
  @Nullable Throwable failure() {
    return failure;
  }
}
