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
 * What native code calls for each token. Runs on whichever thread native code calls back on. One
 * call at a time is taken: one that comes on a second thread meanwhile fails the run. Lets nothing
 * thrown pass (it would end the JVM) and logs nothing. Owns no native memory: what leads here are
 * {@link CallbackPointers}.
 *
 * <p>{@code RKLLMResult} has the same layout in all ABIs, so the generated class of one serves for
 * both; a test holds them equal.
 */
final class ResultUpcall {
  /** What the callback is, with pointers as plain numbers. */
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  static final int NORMAL = rkllm_h.RKLLM_RUN_NORMAL();
  static final int WAITING = rkllm_h.RKLLM_RUN_WAITING();
  static final int FINISH = rkllm_h.RKLLM_RUN_FINISH();
  static final int ERROR = rkllm_h.RKLLM_RUN_ERROR();

  /** What the callback returns. */
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

  /** Touched only inside a callback, as what follows. */
  private final TokenText text = new TokenText();

  private final ForwardOutput output;

  /** Set by the model's thread, read by the thread of the callback; null outside of runs. */
  private volatile @Nullable Run run;

  /**
   * Whether a callback, or the end of a run, is at work here. Only whoever has made it true touches
   * the text and the observer.
   */
  @SuppressWarnings("unused") // by its handle
  private volatile boolean inside;

  /** Whether a callback came while another was inside, and nobody has been told yet. */
  private volatile boolean collided;

  /** Callbacks that came while nobody listened. */
  private final AtomicInteger strays = new AtomicInteger();

  /** What was thrown while nobody listened, the last of it. */
  private final AtomicReference<@Nullable Throwable> strayFailure = new AtomicReference<>();

  /** A run that is under way. */
  private static final class Run {
    final RunObserver observer;
    final InferenceMode mode;
    final long number;

    /** Whether it generates from one input: the way that has to be fast. */
    final boolean plain;

    /** Whether a callback came; touched inside. */
    boolean calledBack;

    Run(RunObserver observer, InferenceMode mode, long number, boolean plain) {
      this.observer = observer;
      this.mode = mode;
      this.number = number;
      this.plain = plain;
    }

    /** Whether a callback with this userdata belongs to it. Some releases might give none. */
    boolean matches(long userdata) {
      return userdata == number || userdata == 0;
    }
  }

  /** What native code has said of a failure since the run began. */
  enum Failure {
    NONE,
    WITHOUT_MESSAGE,
    WITH_MESSAGE
  }

  private volatile Failure failure = Failure.NONE;

  /**
   * @param members how many results a callback is given, one after the other
   * @param outputRead what to return once logits or hidden states have been read
   * @param rowLimit the most rows of logits or hidden states that a result can have
   */
  ResultUpcall(int members, int outputRead, long rowLimit) {
    this.members = members;
    this.outputRead = outputRead;
    this.output = new ForwardOutput(rowLimit);
  }

  /**
   * A run begins; from now on this observer is told.
   *
   * @param number its userdata; no other run of this process may have it
   */
  void begin(RunObserver observer, InferenceMode mode, long number) {
    failure = Failure.NONE;
    collided = false;
    boolean plain = members == 1 && mode == InferenceMode.GENERATE;
    run = new Run(observer, mode, number, plain);
  }

  /** Whether a callback with this userdata belongs to the run that is under way. */
  boolean isOfThisRun(long userdata) {
    Run current = run;
    return current != null && current.matches(userdata);
  }

  /**
   * The run has ended. A callback that another thread is still inside of is waited for, so that the
   * observer hears nothing afterwards.
   *
   * @return whether any callback came
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

  /** Whether native code reported a failure of the last run. */
  Failure failure() {
    return failure;
  }

  /** Whether a callback in this state brings all that the run computes: logits or hidden states. */
  boolean isOutput(int state) {
    Run current = run;
    return state == NORMAL && current != null && current.mode != InferenceMode.GENERATE;
  }

  /** How many callbacks came outside of a run. */
  int strays() {
    return strays.get();
  }

  /** The way in from native code. */
  MethodHandle callback() {
    return ON_RESULT.bindTo(this);
  }

  /** The {@code LLMResultCallback}; all calls of native code end here. See {@link Upcalls}. */
  int onResult(long result, long userdata, int state) {
    Run current = run;
    if (current == null || !current.matches(userdata)) {
      strays.incrementAndGet();
      return CONTINUE;
    }
    if (!INSIDE.compareAndSet(this, false, true)) {
      collided = true; // whoever is inside reports it, since observers are told one thing at a time
      return CONTINUE;
    }
    int answer = CONTINUE;
    if (run != current) { // it has ended meanwhile
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

  /** Something was thrown in another callback; on the thread of that callback. Throws nothing. */
  void fail(Throwable thrown) {
    Run current = run;
    if (current != null) {
      report(current.observer, thrown);
    } else {
      strayFailure.set(thrown);
    }
  }

  /** What was thrown outside of a run since this was last asked. */
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
      // There is nobody left to tell, and it must not reach native code.
    }
  }

  private int dispatch(Run current, long result, int state) {
    RunObserver listener = current.observer;
    if (result != 0 && !NativeMemory.isPlausible(result, Long.BYTES)) {
      throw new IllegalStateException(
          "the runtime called back with a result at address 0x%x, which cannot be; it was not read"
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

  /** A token of each member of a batch. What one throws does not keep the others from theirs. */
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
