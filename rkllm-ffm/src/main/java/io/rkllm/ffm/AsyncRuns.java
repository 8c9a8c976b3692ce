package io.rkllm.ffm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs that native code performs on its own thread ({@code rkllm_run_async}). Each run is awaited
 * until it has ended, so that callers see no difference from {@code rkllm_run}.
 *
 * <p>No callback reliably marks the end: FINISH is missing after a pause, in the modes without
 * tokens and after some failures of old releases, and native code is still running when it calls
 * back with FINISH. Therefore {@code rkllm_is_running} decides. It is called when a callback looks
 * like the last one, and otherwise only after some time without a callback, never for each token.
 * The wait changes its state at each check:
 *
 * <pre>
 *           a callback, or "running"        "not running"           "not running"
 *   ASKED ───────────────────────────▶ ALIVE ───────────▶ DENIED ───────────────▶ ENDED
 *     │                                  ▲                   │                      ▲
 *     │ no sign of life for 5 s          └───────────────────┘                      │
 *     ▼                                a callback, or "running"                     │
 *   NEVER_SEEN              any: 2 s of silence after FINISH or ERROR ──────────────┘
 * </pre>
 *
 * <p>"Not running" is accepted only if it is returned twice without a callback in between, and only
 * after a sign of life, because a run that has just been requested may not have started.
 *
 * <p>Callbacks are made on a thread of the native library. The foreign function API attaches it as
 * a daemon thread, so it does not delay the exit of the JVM. Owns no native memory.
 */
final class AsyncRuns {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final Duration END_POLL_INTERVAL = Duration.ofMillis(1);

  /**
   * The time without a callback after FINISH or ERROR after which the run is considered ended,
   * whatever the runtime reports.
   */
  private static final Duration END_TIMEOUT = Duration.ofSeconds(2);

  /**
   * The longest time that a run may go without a callback and without being reported as running.
   */
  private static final Duration START_TIMEOUT = Duration.ofSeconds(5);

  /** The number of checks, {@link #POLL_INTERVAL} apart. */
  private static final int REFUSED_RUN_CHECKS = 3;

  private static final MethodHandle ON_RESULT =
      Upcalls.method(MethodHandles.lookup(), "onResult", ResultUpcall.CALLBACK);

  private final ResultUpcall results;

  /** The number of callbacks in this run, which is incremented only on the callback's thread. */
  private final AtomicLong callbacks = new AtomicLong();

  /** The indication that the callbacks so far give of the end. */
  private enum Sign {
    NONE,
    LIKELY,
    REPORTED
  }

  private volatile Sign sign = Sign.NONE;
  private volatile @Nullable Thread waiting;

  /**
   * @param results receives every callback
   */
  AsyncRuns(ResultUpcall results) {
    this.results = results;
  }

  /** Returns the target of the function pointer. */
  MethodHandle callback() {
    return ON_RESULT.bindTo(this);
  }

  /** The {@code LLMResultCallback}, which native code calls. */
  int onResult(long result, long userdata, int state) {
    int answer = results.onResult(result, userdata, state);
    if (!results.isOfThisRun(userdata)) {
      return answer;
    }
    callbacks.setRelease(callbacks.getPlain() + 1);
    if (state == ResultUpcall.FINISH || state == ResultUpcall.ERROR) {
      sign = Sign.REPORTED;
      LockSupport.unpark(waiting);
    } else if (answer == ResultUpcall.PAUSE || results.isOutput(state)) {
      sign = Sign.LIKELY;
      LockSupport.unpark(waiting);
    } else if (sign != Sign.NONE) {
      sign = Sign.NONE; // the callback that looked like the last one was not
    }
    return answer;
  }

  /** Called before native code is asked to run. */
  void begin() {
    sign = Sign.NONE;
    callbacks.set(0);
    waiting = Thread.currentThread();
  }

  /** The result of waiting for a run. */
  enum Outcome {
    /** Native code has ended the run. */
    ENDED,
    /** There was no sign of the run, so it may still start. */
    NEVER_SEEN
  }

  private enum Phase {
    ASKED,
    ALIVE,
    DENIED,
    ENDED,
    NEVER_SEEN;

    /** Returns the state of the wait after a check; see the diagram of the class. */
    Phase after(Look look) {
      if (look.sign() == Sign.REPORTED && look.silentNanos() > END_TIMEOUT.toNanos()) {
        return ENDED;
      }
      boolean life = look.running() || look.progressed();
      return switch (this) {
        case ASKED ->
            life ? ALIVE : look.silentNanos() > START_TIMEOUT.toNanos() ? NEVER_SEEN : ASKED;
        case ALIVE -> life ? ALIVE : DENIED;
        case DENIED -> life ? ALIVE : ENDED;
        case ENDED, NEVER_SEEN -> this;
      };
    }
  }

  /**
   * A check of a run.
   *
   * @param running whether the runtime reports a run in progress
   * @param progressed whether there was a callback since the previous check
   * @param silentNanos the time since the last callback
   * @param sign the indication that the callbacks give of the end
   */
  private record Look(boolean running, boolean progressed, long silentNanos, Sign sign) {}

  /**
   * Waits until native code has ended the run. Does not return while the runtime reports the run as
   * running. Continues to wait when interrupted, and restores the interrupt status.
   *
   * @param running whether the runtime reports a run in progress
   */
  Outcome awaitEnd(BooleanSupplier running) {
    try {
      long seen = 0;
      long quietSince = System.nanoTime();
      Phase phase = Phase.ASKED;
      while (true) {
        pause();
        long count;
        Look look;
        try {
          boolean says = running.getAsBoolean();
          Sign observed =
              sign; // read before the count, which then includes the callback that set it
          count = callbacks.getAcquire();
          if (count != seen) {
            quietSince = System.nanoTime();
          }
          look = new Look(says, count != seen, System.nanoTime() - quietSince, observed);
        } catch (OutOfMemoryError e) {
          continue; // the run continues, and its end must not be missed
        }
        seen = count;
        phase = phase.after(look);
        if (phase == Phase.ENDED) {
          return Outcome.ENDED;
        } else if (phase == Phase.NEVER_SEEN) {
          return Outcome.NEVER_SEEN;
        }
      }
    } finally {
      waiting = null;
    }
  }

  /**
   * Checks for a short time whether a run that was rejected has started nevertheless. A single
   * check is not enough, because its thread may take time to start.
   *
   * @param running as for {@link #awaitEnd}
   */
  boolean startsAnyway(BooleanSupplier running) {
    try {
      for (int looks = 1; ; looks++) {
        if (callbacks.getAcquire() > 0 || running.getAsBoolean()) {
          return true;
        }
        if (looks == REFUSED_RUN_CHECKS) {
          return false;
        }
        pause();
      }
    } finally {
      waiting = null;
    }
  }

  /** Waits until the next check is due, or until a callback changes the indication of the end. */
  private void pause() {
    Sign before = sign;
    Duration time = before == Sign.NONE ? POLL_INTERVAL : END_POLL_INTERVAL;
    long deadline = System.nanoTime() + time.toNanos();
    boolean interrupted = false;
    for (long left; sign == before && (left = deadline - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(this, left);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
