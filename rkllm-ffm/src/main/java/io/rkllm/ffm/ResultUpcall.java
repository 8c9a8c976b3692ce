package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The result callback, which native code calls for each token, on a thread of its choice. Only one
 * call at a time is accepted; a concurrent call on a second thread fails the run. Exceptions do not
 * propagate, because they would end the JVM. Logs nothing. Owns no native memory; {@link
 * CallbackPointers} has the function pointers.
 *
 * <p>{@code RKLLMResult} has the same layout in all ABIs. The class generated for one is used for
 * all; a test checks that they are equal.
 */
final class ResultUpcall {
  /** The signature of the callback, with pointers as numbers. */
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  static final int NORMAL = rkllm_h.RKLLM_RUN_NORMAL();
  static final int WAITING = rkllm_h.RKLLM_RUN_WAITING();
  static final int FINISH = rkllm_h.RKLLM_RUN_FINISH();
  static final int ERROR = rkllm_h.RKLLM_RUN_ERROR();

  /** The return value of the callback. */
  static final int CONTINUE = 0;

  static final int PAUSE = 1;

  private static final MethodHandle ON_RESULT =
      Upcalls.method(MethodHandles.lookup(), "onResult", CALLBACK);

  private static final VarHandle INSIDE;

  static {
    try {
      INSIDE = MethodHandles.lookup().findVarHandle(ResultUpcall.class, "inside", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int members;
  private final int outputRead;

  /** Used only inside a callback, as are the fields below. */
  private final TokenText text = new TokenText();

  private final ForwardOutput output;

  /** Set by the model's thread and read by the callback's thread; null outside of runs. */
  private volatile @Nullable Run run;

  /**
   * True if a callback, or the end of a run, is in progress. Only the thread that has set it to
   * true uses the text and the observer.
   */
  @SuppressWarnings("unused") // accessed through its handle
  private volatile boolean inside;

  /** True if there was a concurrent callback that has not been reported yet. */
  private volatile boolean collided;

  /** The number of callbacks outside of runs. */
  private final AtomicInteger strays = new AtomicInteger();

  /** The last exception thrown outside of a run. */
  private final AtomicReference<@Nullable Throwable> strayFailure = new AtomicReference<>();

  /** A run in progress. */
  private static final class Run {
    final RunObserver observer;
    final InferenceMode mode;
    final long number;

    /** True if the run generates from a single input, which is the fast path. */
    final boolean plain;

    /** True if there was a callback; used inside callbacks. */
    boolean calledBack;

    Run(RunObserver observer, InferenceMode mode, long number, boolean plain) {
      this.observer = observer;
      this.mode = mode;
      this.number = number;
      this.plain = plain;
    }

    /**
     * Returns whether a callback with this userdata belongs to the run. Some releases might pass
     * none.
     */
    boolean matches(long userdata) {
      return userdata == number || userdata == 0;
    }
  }

  /** The failure that native code has reported since the start of the run. */
  enum Failure {
    NONE,
    WITHOUT_MESSAGE,
    WITH_MESSAGE
  }

  private volatile Failure failure = Failure.NONE;

  /**
   * @param members the number of results that each callback passes
   * @param outputRead the return value after logits or hidden states have been read
   * @param rowLimit the maximum number of rows of logits or hidden states in a result
   */
  ResultUpcall(int members, int outputRead, long rowLimit) {
    this.members = members;
    this.outputRead = outputRead;
    this.output = new ForwardOutput(rowLimit);
  }

  /**
   * Starts a run, whose events are passed to the observer.
   *
   * @param number the userdata, which must be unique in this process
   */
  void begin(RunObserver observer, InferenceMode mode, long number) {
    failure = Failure.NONE;
    collided = false;
    boolean plain = members == 1 && mode == InferenceMode.GENERATE;
    run = new Run(observer, mode, number, plain);
  }

  /** Returns whether a callback with this userdata belongs to the current run. */
  boolean isOfThisRun(long userdata) {
    Run current = run;
    return current != null && current.matches(userdata);
  }

  /**
   * Ends the run. Waits for a callback in progress on another thread, so that the observer is not
   * called afterwards.
   *
   * @return whether there was a callback
   */
  boolean end() {
    while (!INSIDE.compareAndSet(this, false, true)) {
      LockSupport.parkNanos(this, 50_000);
    }
    Run ended = run;
    if (ended != null && collided) {
      reportCollision(ended.observer);
    }
    run = null;
    INSIDE.setRelease(this, false);
    return ended != null && ended.calledBack;
  }

  /** Returns the failure that native code reported for the last run. */
  Failure failure() {
    return failure;
  }

  /**
   * Returns whether a callback in this state delivers all that the run computes: logits or hidden
   * states.
   */
  boolean isOutput(int state) {
    Run current = run;
    return state == NORMAL && current != null && current.mode != InferenceMode.GENERATE;
  }

  /** Returns the number of callbacks outside of runs. */
  int strays() {
    return strays.get();
  }

  /**
   * Forgets the callbacks that were made to prepare the function pointers. Links the methods of the
   * variable handle, for which the JDK allocates memory that the first token may not find.
   */
  void prepared() {
    end();
    strays.set(0);
    strayFailure.set(null);
  }

  /** Returns the target of the function pointer. */
  MethodHandle callback() {
    return ON_RESULT.bindTo(this);
  }

  /** The {@code LLMResultCallback}, which native code calls; see {@link Upcalls}. */
  int onResult(long result, long userdata, int state) {
    Run current = run;
    if (current == null || !current.matches(userdata)) {
      strays.incrementAndGet();
      return CONTINUE;
    }
    if (!INSIDE.compareAndSet(this, false, true)) {
      collided = true; // reported by the thread inside, because observers are called one at a time
      return CONTINUE;
    }
    int answer = CONTINUE;
    if (run != current) { // the run has ended in the meantime
      strays.incrementAndGet();
    } else {
      current.calledBack = true;
      try {
        answer = dispatch(current, result, state);
      } catch (Throwable thrown) {
        report(current.observer, thrown);
      }
      if (collided) {
        reportCollision(current.observer);
      }
    }
    INSIDE.setRelease(this, false);
    return answer;
  }

  /** Reports an exception thrown in another callback, on that callback's thread. Never throws. */
  void fail(Throwable thrown) {
    Run current = run;
    if (current != null) {
      report(current.observer, thrown);
    } else {
      strayFailure.set(thrown);
    }
  }

  /** Returns the exception thrown outside of a run since the last call. */
  @Nullable Throwable takeStrayFailure() {
    return strayFailure.getAndSet(null);
  }

  private void reportCollision(RunObserver listener) {
    try {
      listener.onCallbackFailure(
          new IllegalStateException(
              "the runtime called back on two threads at once, so that tokens may be missing"));
      collided = false;
    } catch (Throwable _) {
      // The heap may be full. The next callback, or the end of the run, tries again.
    }
  }

  private static void report(RunObserver listener, Throwable thrown) {
    try {
      listener.onCallbackFailure(thrown);
    } catch (Throwable _) {
      // It cannot be reported, and must not propagate to native code.
    }
  }

  private int dispatch(Run current, long result, int state) {
    RunObserver listener = current.observer;
    if (result != 0 && !NativeMemory.isPlausible(result, Long.BYTES)) {
      throw new IllegalStateException(
          "the runtime called back with a result at the invalid address 0x%x; it was not read"
              .formatted(result));
    }
    if (state == NORMAL || state == WAITING) {
      if (result == 0) {
        return CONTINUE;
      }
      if (current.plain) {
        return token(listener, 0, result, state);
      }
      return current.mode == InferenceMode.GENERATE
          ? tokens(listener, result, state)
          : output(current, result, state);
    }
    if (state == FINISH) {
      listener.onFinish(result == 0 ? RunPerformance.NONE : performance(result));
    } else if (state == ERROR) {
      int length = result == 0 ? 0 : copyText(result);
      failure = length == 0 ? Failure.WITHOUT_MESSAGE : Failure.WITH_MESSAGE;
      listener.onError(length == 0 ? null : text.string(length));
    } else {
      throw new IllegalStateException(
          "the runtime called back with state " + state + ", which this SDK does not know");
    }
    return CONTINUE;
  }

  private int token(RunObserver listener, int member, long result, int state) {
    int length = copyText(result); // may replace the buffer
    int id = NativeMemory.ALL.get(JAVA_INT, result + RKLLMResult.token_id$offset());
    boolean proceed =
        state == WAITING
            ? listener.onPartialToken(member, id, text.bytes(), length)
            : listener.onToken(member, id, text.bytes(), length);
    return proceed ? CONTINUE : PAUSE;
  }

  /**
   * Reports one token for each member of a batch. An exception of one does not affect the others.
   */
  private int tokens(RunObserver listener, long results, int state) {
    int answer = CONTINUE;
    for (int member = 0; member < members; member++) {
      long result = results + member * RKLLMResult.sizeof();
      try {
        if (NativeMemory.ALL.get(JAVA_INT, result + RKLLMResult.token_id$offset()) < 0) {
          listener.onMemberEnd(member);
        } else {
          answer |= token(listener, member, result, state);
        }
      } catch (Throwable thrown) {
        report(listener, thrown);
      }
    }
    return answer;
  }

  private int output(Run current, long results, int state) {
    RunObserver listener = current.observer;
    if (state != NORMAL) {
      return CONTINUE;
    }
    for (int member = 0; member < members; member++) {
      long result = results + member * RKLLMResult.sizeof();
      try {
        if (current.mode == InferenceMode.LOGITS) {
          output.logits(result, member, listener);
        } else {
          output.hiddenStates(result, member, listener);
        }
      } catch (Throwable thrown) {
        report(listener, thrown);
      }
    }
    return outputRead;
  }

  private int copyText(long result) {
    return text.copy(NativeMemory.ALL.get(JAVA_LONG, result + RKLLMResult.text$offset()));
  }

  private static RunPerformance performance(long result) {
    MemorySegment perf = RKLLMResult.perf(NativeMemory.ALL.asSlice(result));
    return new RunPerformance(
        RKLLMPerfStat.prefill_time_ms(perf),
        RKLLMPerfStat.prefill_tokens(perf),
        RKLLMPerfStat.generate_time_ms(perf),
        RKLLMPerfStat.generate_tokens(perf),
        RKLLMPerfStat.memory_usage_mb(perf));
  }
}
