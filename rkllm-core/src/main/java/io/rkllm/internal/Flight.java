package io.rkllm.internal;

import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native run that is under way, and the aborts that are meant for it. An abort that reaches
 * native code when no run is under way may end the next one, so each is let through only while its
 * own run is in the air.
 */
final class Flight {
  private static final Logger LOG = LoggerFactory.getLogger(Flight.class);
  private static final Duration LANDING_PATIENCE = Duration.ofMillis(10);

  private final ModelWorker worker;

  /** Held to abort, and to begin and to end a flight. Never while a run goes on. */
  private final ReentrantLock lock = new ReentrantLock();

  private volatile @Nullable RunTask inFlight;
  private boolean abortSent; // since the last take-off; guarded by lock
  private boolean
      followsAbort; // whether one was sent to the run before; used by the model's thread
  private boolean cacheOfAborted; // an aborted run left it so; used by the model's thread

  Flight(ModelWorker worker) {
    this.worker = worker;
  }

  /** Whose run is under way. */
  @Nullable RunTask current() {
    return inFlight;
  }

  /**
   * Runs, unless the generation was stopped or the model closed before. On the model's thread.
   *
   * <p>On boards an abort leaves nothing behind. But one that reaches native code in the very
   * moment in which its run ends may be kept there for the next run, which then ends at once. So a
   * run that follows an aborted one and gives nothing is made again; but not where it is kept as
   * history, which would then have it twice.
   *
   * @return what the native run returned; null if native code was not reached
   */
  @Nullable Integer fly(RunTask task, RunRequest request, RunObserver observer) {
    Integer code = flyOnce(task, request, observer);
    if (followsAbort && code != null && code == 0 && task.gaveNothing() && !request.keepHistory()) {
      LOG.debug("a run ended at once after an aborted one; it is made again");
      task.beginAgain();
      return flyOnce(task, request, observer);
    }
    return code;
  }

  private @Nullable Integer flyOnce(RunTask task, RunRequest request, RunObserver observer) {
    if (!takeOff(task)) {
      return null;
    }
    try {
      return worker.model().run(request, observer);
    } finally {
      end();
    }
  }

  /**
   * Who asks to stop or begins to close the model before, is seen here; who does so later, finds
   * the flight and aborts it.
   */
  private boolean takeOff(RunTask task) {
    lock.lock();
    try {
      inFlight = task;
      if (task.stopRequested() || !worker.isOpen()) {
        inFlight = null;
        return false;
      }
      followsAbort = abortSent;
      abortSent = false;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      inFlight = null;
      cacheOfAborted |= abortSent;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a run was aborted since the KV cache was last cleared. On the model's thread. */
  boolean cacheIsOfAborted() {
    return cacheOfAborted;
  }

  /** The KV cache was cleared. On the model's thread. */
  void cacheCleared() {
    cacheOfAborted = false;
  }

  /**
   * From inside a callback: the run ends by itself now. No abort is let through any more, and one
   * that is under way is waited for, while the run it is meant for still exists; but not for long,
   * in case native code holds it back until the run has ended.
   */
  void land() {
    boolean locked = false;
    try {
      locked = lock.tryLock(LANDING_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    inFlight = null;
    if (locked) {
      lock.unlock();
    }
  }

  /** Aborts the run of this generation if it is under way. On the thread for aborts. */
  void abort(RunTask task) {
    lock.lock();
    try {
      if (task.equals(inFlight)) {
        abortSent = true;
        worker.model().abort();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The same on the calling thread, where no thread for aborts can be made. Does not wait for
   * another abort, which native code may hold back until the calling thread, if that is in a
   * callback, has returned; the next token has it repeated.
   */
  void abortHere(RunTask task) {
    if (lock.tryLock()) {
      try {
        abort(task);
      } finally {
        lock.unlock();
      }
    }
  }
}
