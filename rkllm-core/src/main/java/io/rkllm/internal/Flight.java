package io.rkllm.internal;

import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
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

  private final Supplier<NativeModel> model;

  /** Held to abort, and to begin and to end a flight. Never while a run goes on. */
  private final ReentrantLock lock = new ReentrantLock();

  private volatile @Nullable GenerationTask inFlight;
  private volatile boolean abortSent; // during the last flight

  Flight(Supplier<NativeModel> model) {
    this.model = model;
  }

  /** Whose run is under way. */
  @Nullable GenerationTask current() {
    return inFlight;
  }

  /**
   * Runs, unless the generation was stopped before. On the model's thread.
   *
   * <p>An abort that reaches native code in the very moment in which its run ends may be kept there
   * for the next run, which then ends at once. So a run that follows an aborted one and gives
   * nothing is made again.
   *
   * @return what the native run returned; 0 if there was none
   */
  int fly(GenerationTask task, RunRequest request, RunObserver observer) {
    boolean followsAbort = abortSent;
    abortSent = false;
    int code = flyOnce(task, request, observer);
    if (followsAbort && code == 0 && task.gaveNothing()) {
      LOG.debug("a run ended at once after an aborted one; it is made again");
      code = flyOnce(task, request, observer);
    }
    return code;
  }

  private int flyOnce(GenerationTask task, RunRequest request, RunObserver observer) {
    if (!takeOff(task)) {
      return 0;
    }
    try {
      task.tookOff();
      return model.get().run(request, observer);
    } finally {
      end();
    }
  }

  /** Who asks to stop before, is seen here; who asks later, finds the flight and aborts it. */
  private boolean takeOff(GenerationTask task) {
    lock.lock();
    try {
      if (task.stopRequested()) {
        return false;
      }
      inFlight = task;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      inFlight = null;
    } finally {
      lock.unlock();
    }
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

  /** Aborts the run of this generation if it is under way. Never from inside a callback. */
  void abort(GenerationTask task) {
    lock.lock();
    try {
      if (task.equals(inFlight)) {
        abortSent = true;
        model.get().abort();
      }
    } finally {
      lock.unlock();
    }
  }
}
