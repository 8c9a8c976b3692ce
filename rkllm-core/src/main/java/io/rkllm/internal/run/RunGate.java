package io.rkllm.internal.run;

import io.rkllm.Generation;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Controls when the runs of a model, and the aborts meant for them, call native code. An abort that
 * reaches native code when no run is in progress may end the next run, so an abort is passed on
 * only while its own run is inside.
 */
public final class RunGate {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);
  private static final Duration ABORT_WAIT = Duration.ofMillis(10);

  private final ModelHandle handle;

  /** Held while aborting, and while a run enters or leaves. Not held while a run is in progress. */
  private final ReentrantLock lock = new ReentrantLock();

  private volatile @Nullable Entrant inside; // may be reached by aborts
  private volatile @Nullable Entrant inNativeCode;
  private boolean abortSent; // since the last run entered; guarded by lock
  private boolean followsAbort; // whether the previous run was aborted; used by the model's thread

  /** The operations of a run that the gate needs. */
  interface Entrant {
    /** Returns whether the run has not been stopped and the model not been closed. */
    boolean mayBegin();

    /**
     * Returns whether the run produced nothing although it was not stopped and no error was
     * reported.
     */
    boolean producedNothing();

    /** Returns whether the outcomes of the run have been published, or are about to be. */
    boolean hasEnded();

    /** Discards what native code has reported, because the run is repeated. */
    void restart();

    /** Notifies the run that the model is being closed. */
    void onModelClose();
  }

  public RunGate(ModelHandle handle) {
    this.handle = handle;
  }

  /**
   * Returns whether a run was abandoned and is still in native code. Such a run has ended for its
   * readers.
   */
  public boolean isOverdue() {
    Entrant run = inNativeCode;
    return run != null && run.hasEnded();
  }

  /** Notifies the current run, if any, that the model is being closed. Does not block. */
  public void signalClose() {
    Entrant running = inside; // a run that enters later checks for itself
    if (running != null) {
      running.onModelClose();
    }
  }

  /**
   * Performs a native run, unless it may not start. Called on the model's thread.
   *
   * <p>On boards, an abort usually has no lasting effect. But an abort that reaches native code
   * just as its run ends may be kept for the next run, which then ends immediately. Therefore a run
   * that follows an aborted one and produces nothing is repeated, unless it is kept as history,
   * which would then contain it twice.
   *
   * @return the return code of the native run, or null if native code was not called
   */
  @Nullable Integer pass(Entrant run, RunRequest request, RunObserver observer) {
    Integer code = passOnce(run, request, observer);
    if (followsAbort
        && code != null
        && code == 0
        && run.producedNothing()
        && !request.keepHistory()) {
      LOG.debug("{}: a run ended immediately after an aborted one; repeating it", handle.name());
      run.restart();
      return passOnce(run, request, observer);
    }
    return code;
  }

  private @Nullable Integer passOnce(Entrant run, RunRequest request, RunObserver observer) {
    if (!enter(run)) {
      return null;
    }
    inNativeCode = run;
    try {
      return handle.model().run(request, observer);
    } finally {
      inNativeCode = null;
      exit();
    }
  }

  /**
   * Lets a run enter unless it was stopped before. A thread that stops it later finds it inside.
   */
  private boolean enter(Entrant run) {
    lock.lock();
    try {
      inside = run;
      if (!run.mayBegin()) {
        inside = null;
        return false;
      }
      followsAbort = abortSent;
      abortSent = false;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void exit() {
    lock.lock();
    try {
      inside = null;
      if (abortSent) {
        handle.runWasAborted();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Called inside a callback when the run ends by itself. No further aborts are passed on. Waits
   * for an abort in progress, so that it affects only this run; the wait is bounded, in case native
   * code blocks the abort until the run has ended.
   */
  void closeToAborts() {
    boolean locked = false;
    try {
      locked = lock.tryLock(ABORT_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    inside = null;
    if (locked) {
      lock.unlock();
    }
  }

  /** Aborts the given run if it is inside. Called on the thread for aborts. */
  void abort(Entrant run) {
    lock.lock();
    try {
      if (run.equals(inside)) {
        abortSent = true;
        handle.model().abort();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Aborts the given run on the calling thread, if no thread for aborts can be created. Does not
   * wait for another abort, which native code may block until the calling thread returns from a
   * callback; the abort is repeated at the next token.
   */
  void abortHere(Entrant run) {
    if (lock.tryLock()) {
      try {
        abort(run);
      } finally {
        lock.unlock();
      }
    }
  }
}
