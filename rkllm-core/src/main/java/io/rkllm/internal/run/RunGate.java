package io.rkllm.internal.run;

import io.rkllm.Generation;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into native code for the runs of one model, and for the aborts that are meant for them.
 * An abort that reaches native code when no run is under way may end the next one, so each is let
 * through only while its own run is inside.
 */
public final class RunGate {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);
  private static final Duration ABORT_WAIT = Duration.ofMillis(10);

  private final ModelHandle handle;

  /** Held to abort, and while a run enters or leaves. Never while a run goes on. */
  private final ReentrantLock lock = new ReentrantLock();

  private volatile @Nullable Entrant inside;
  private final AtomicReference<Occupancy> occupancy = new AtomicReference<>(Occupancy.FREE);
  private boolean abortSent; // since the last run entered; guarded by lock
  private boolean followsAbort; // one was sent to the run before; used by the model's thread

  private enum Occupancy {
    FREE,
    /** A run is in native code. */
    OCCUPIED,
    /** The run in native code was given up: it was stopped and has not returned in time. */
    OVERDUE
  }

  /** A run, as far as the gate has to know it. */
  interface Entrant {
    /** Returns whether nobody has stopped it or closed the model yet. */
    boolean mayBegin();

    /** Returns whether nothing came of it, although nobody stopped it and no error was reported. */
    boolean producedNothing();

    /** The run is made again: what native code has reported of it is forgotten. */
    void restart();

    /** The model is being closed. */
    void onModelClose();
  }

  public RunGate(ModelHandle handle) {
    this.handle = handle;
  }

  /** Notes that the run in native code, if any, has not returned in time after it was stopped. */
  void giveUp() {
    occupancy.compareAndSet(Occupancy.OCCUPIED, Occupancy.OVERDUE);
  }

  /** Returns whether a run was given up and is still in native code. */
  public boolean isOverdue() {
    return occupancy.get() == Occupancy.OVERDUE;
  }

  /** Tells the run that is under way, if any, that the model is being closed. Does not block. */
  public void signalClose() {
    Entrant running = inside; // one that enters later sees for itself
    if (running != null) {
      running.onModelClose();
    }
  }

  /**
   * Makes a native run, unless it may not begin. On the model's thread.
   *
   * <p>On boards an abort leaves nothing behind. But one that reaches native code in the very
   * moment in which its run ends may be kept there for the next run, which then ends at once. So a
   * run that follows an aborted one and gives nothing is made again; but not where it is kept as
   * history, which would then have it twice.
   *
   * @return what the native run returned; null if native code was not reached
   */
  @Nullable Integer pass(Entrant run, RunRequest request, RunObserver observer) {
    Integer code = passOnce(run, request, observer);
    if (followsAbort
        && code != null
        && code == 0
        && run.producedNothing()
        && !request.keepHistory()) {
      LOG.debug("{}: a run ended at once after an aborted one; it is made again", handle.name());
      run.restart();
      return passOnce(run, request, observer);
    }
    return code;
  }

  private @Nullable Integer passOnce(Entrant run, RunRequest request, RunObserver observer) {
    if (!enter(run)) {
      return null;
    }
    occupancy.set(Occupancy.OCCUPIED);
    try {
      return handle.model().run(request, observer);
    } finally {
      occupancy.set(Occupancy.FREE);
      exit();
    }
  }

  /** Whoever stops the run before is seen here; whoever does so later finds it inside. */
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
   * From inside a callback: the run ends by itself now. No abort is let through any more, and one
   * that is under way is waited for, while the run it is meant for still exists; but not for long,
   * in case native code holds it back until the run has ended.
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

  /** Aborts this run if it is inside. On the thread for aborts. */
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
   * Aborts this run on the calling thread, where no thread for aborts can be made. Does not wait
   * for another abort, which native code may hold back until the calling thread, if that is in a
   * callback, has returned; the next token has it repeated.
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
