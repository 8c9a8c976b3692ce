package io.rkllm.ffm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs that native code makes on a thread of its own ({@code rkllm_run_async}), each waited for
 * until it has ended, so that to the outside they are as those of {@code rkllm_run}.
 *
 * <p>No callback tells the end for certain: FINISH is missing after a pause, in the modes without
 * tokens and in the faults of old releases, and when it comes native code is still at it. So {@code
 * rkllm_is_running} has the last word. It is asked when a callback looks like the last, and else
 * only after a time without any callback, never for each token. A "no" counts once it has been
 * heard twice with no callback between, and only after a callback or a "yes": a run that has just
 * been asked for may not have begun.
 *
 * <p>Callbacks come on a thread that the JVM has not seen before; it is attached as a daemon by the
 * foreign function API, so no exit waits for it. Owns no native memory.
 */
final class AsyncRuns {
  private static final Duration QUIET = Duration.ofMillis(50);
  private static final Duration NEAR_THE_END = Duration.ofMillis(1);

  /** How long after FINISH or ERROR, without any callback since, the runtime is not believed. */
  private static final Duration WINDING_DOWN = Duration.ofSeconds(2);

  /** How long a run may be without a callback and without the runtime saying that it goes on. */
  private static final Duration NO_SIGN_OF_LIFE = Duration.ofSeconds(5);

  private static final MethodHandle ON_RESULT =
      Upcalls.method(MethodHandles.lookup(), "onResult", ResultUpcall.CALLBACK);

  private final ResultUpcall results;

  /** How many came in this run; counted up by the callback's thread alone. */
  private final AtomicLong callbacks = new AtomicLong();

  /** What the callbacks so far say of the end. */
  private enum End {
    FAR,
    LIKELY,
    TOLD
  }

  private volatile End end = End.FAR;
  private volatile @Nullable Thread waiting;

  /**
   * @param results hears of every callback
   */
  AsyncRuns(ResultUpcall results) {
    this.results = results;
  }

  /** The way in from native code. */
  MethodHandle callback() {
    return ON_RESULT.bindTo(this);
  }

  /** The {@code LLMResultCallback}; all calls of native code end here. */
  int onResult(long result, long userdata, int state) {
    int answer = results.onResult(result, userdata, state);
    if (!results.isOfThisRun(userdata)) {
      return answer;
    }
    callbacks.setRelease(callbacks.getPlain() + 1);
    if (state == ResultUpcall.FINISH || state == ResultUpcall.ERROR) {
      end = End.TOLD;
      LockSupport.unpark(waiting);
    } else if (answer == ResultUpcall.PAUSE || results.isOutput(state)) {
      end = End.LIKELY;
      LockSupport.unpark(waiting);
    } else if (end != End.FAR) {
      end = End.FAR; // what looked like the last was not
    }
    return answer;
  }

  /** Before native code is asked to run. */
  void begin() {
    end = End.FAR;
    callbacks.set(0);
    waiting = Thread.currentThread();
  }

  /** Whether a callback of this run has come. */
  boolean heard() {
    return callbacks.getAcquire() > 0;
  }

  /**
   * Waits until native code has ended the run. Does not return where it says that it goes on and
   * on; goes on waiting when interrupted, and keeps the interruption.
   *
   * @param running whether the runtime says that a run is under way
   * @return whether it has ended for certain; false where there never was a sign of it, so that it
   *     may yet begin
   */
  boolean awaitEnd(BooleanSupplier running) {
    try {
      long seen = -1;
      long quietSince = System.nanoTime();
      int denials = 0;
      boolean life = false;
      while (true) {
        pause(end);
        boolean says = running.getAsBoolean();
        long count = callbacks.getAcquire();
        boolean quiet = count == seen;
        if (!quiet) {
          seen = count;
          quietSince = System.nanoTime();
        }
        life |= says || count > 0;
        denials = quiet && !says ? denials + 1 : 0;
        Duration silence = Duration.ofNanos(System.nanoTime() - quietSince);
        if (life && denials >= 2) {
          return true;
        }
        if (end == End.TOLD && silence.compareTo(WINDING_DOWN) > 0) {
          return true;
        }
        if (!life && silence.compareTo(NO_SIGN_OF_LIFE) > 0) {
          return false;
        }
      }
    } finally {
      waiting = null;
    }
  }

  /** Waits for the next look at the run, or until a callback tells something new of the end. */
  private void pause(End before) {
    Duration time = before == End.FAR ? QUIET : NEAR_THE_END;
    long deadline = System.nanoTime() + time.toNanos();
    boolean interrupted = false;
    for (long left; end == before && (left = deadline - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(this, left);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
