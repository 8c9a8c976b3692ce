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
 * only after a time without any callback, never for each token. The wait moves on at each look:
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
 * <p>So a "not running" counts once it has been heard twice with no callback between, and only
 * after a sign of life: a run that has just been asked for may not have begun.
 *
 * <p>Callbacks come on a thread that the JVM has not seen before; it is attached as a daemon by the
 * foreign function API, so no exit waits for it. Owns no native memory.
 */
final class AsyncRuns {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final Duration END_POLL_INTERVAL = Duration.ofMillis(1);

  /** How long after FINISH or ERROR, without any callback since, the runtime is not believed. */
  private static final Duration END_TIMEOUT = Duration.ofSeconds(2);

  /** How long a run may be without a callback and without the runtime saying that it goes on. */
  private static final Duration START_TIMEOUT = Duration.ofSeconds(5);

  /** {@link #POLL_INTERVAL} apart. */
  private static final int REFUSED_RUN_CHECKS = 3;

  private static final MethodHandle ON_RESULT =
      Upcalls.method(MethodHandles.lookup(), "onResult", ResultUpcall.CALLBACK);

  private final ResultUpcall results;

  /** How many came in this run; counted up by the callback's thread alone. */
  private final AtomicLong callbacks = new AtomicLong();

  /** What the callbacks so far say of the end. */
  private enum Sign {
    NONE,
    LIKELY,
    REPORTED
  }

  private volatile Sign sign = Sign.NONE;
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
      sign = Sign.REPORTED;
      LockSupport.unpark(waiting);
    } else if (answer == ResultUpcall.PAUSE || results.isOutput(state)) {
      sign = Sign.LIKELY;
      LockSupport.unpark(waiting);
    } else if (sign != Sign.NONE) {
      sign = Sign.NONE; // what looked like the last was not
    }
    return answer;
  }

  /** Before native code is asked to run. */
  void begin() {
    sign = Sign.NONE;
    callbacks.set(0);
    waiting = Thread.currentThread();
  }

  /** How the wait for a run came out. */
  enum Outcome {
    /** Native code has ended the run. */
    ENDED,
    /** There never was a sign of the run, so that it may yet begin. */
    NEVER_SEEN
  }

  private enum Phase {
    ASKED,
    ALIVE,
    DENIED,
    ENDED,
    NEVER_SEEN;

    /** Where the wait is after a look; see the diagram of the class. */
    Phase after(Look look) {
      if (look.sign() == Sign.REPORTED && look.silence().compareTo(END_TIMEOUT) > 0) {
        return ENDED;
      }
      boolean life = look.running() || look.progressed();
      return switch (this) {
        case ASKED ->
            life ? ALIVE : look.silence().compareTo(START_TIMEOUT) > 0 ? NEVER_SEEN : ASKED;
        case ALIVE -> life ? ALIVE : DENIED;
        case DENIED -> life ? ALIVE : ENDED;
        case ENDED, NEVER_SEEN -> this;
      };
    }
  }

  /**
   * A look at a run.
   *
   * @param running whether the runtime says that a run is under way
   * @param progressed whether a callback has come since the look before
   * @param silence how long none has come
   * @param sign what they say of the end
   */
  private record Look(boolean running, boolean progressed, Duration silence, Sign sign) {}

  /**
   * Waits until native code has ended the run. Does not return where it says that it goes on and
   * on; goes on waiting when interrupted, and keeps the interruption.
   *
   * @param running whether the runtime says that a run is under way
   */
  Outcome awaitEnd(BooleanSupplier running) {
    try {
      long heard = 0;
      long quietSince = System.nanoTime();
      Phase phase = Phase.ASKED;
      while (true) {
        pause();
        boolean says = running.getAsBoolean();
        Sign observed = sign; // read before the count, which then includes the callback that set it
        long count = callbacks.getAcquire();
        boolean progressed = count != heard;
        if (progressed) {
          heard = count;
          quietSince = System.nanoTime();
        }
        Duration silence = Duration.ofNanos(System.nanoTime() - quietSince);
        phase = phase.after(new Look(says, progressed, silence, observed));
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
   * Looks for a moment whether a run that was refused has begun all the same. One look is not
   * enough: its thread may take its time to start.
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

  /** Waits for the next look at the run, or until a callback tells something new of the end. */
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
