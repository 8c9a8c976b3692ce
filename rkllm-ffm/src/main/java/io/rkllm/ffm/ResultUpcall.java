package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What native code calls for each token. Runs on whichever thread native code calls back on, one
 * call at a time. Lets nothing thrown pass (it would end the JVM) and logs nothing. Owns no native
 * memory: the stub that leads here is the model's.
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

  private final int members;
  private final int outputRead;

  /** Touched only inside a callback. */
  private final TokenText text = new TokenText();

  /** Of the run under way; written before the observer, which publishes it. */
  private InferenceMode mode = InferenceMode.GENERATE;

  /** Whether the run generates from one input: the way that has to be fast. */
  private boolean plain = true;

  /** Volatile: set by the model's thread, read by the thread of the callback. */
  private volatile @Nullable RunObserver observer;

  /** The number of the run, which is its userdata. */
  private volatile long run;

  /** Callbacks that came while nobody listened. */
  private final AtomicInteger strays = new AtomicInteger();

  /** What was thrown while nobody listened, the last of it. */
  private final AtomicReference<@Nullable Throwable> strayFault = new AtomicReference<>();

  /** What native code has said of a failure since the run began. */
  enum Failure {
    NONE,
    WITHOUT_WORDS,
    WITH_WORDS
  }

  private volatile Failure failure = Failure.NONE;

  /**
   * @param members how many results a callback is given, one after the other
   * @param outputRead what to return once logits or hidden states have been read
   */
  ResultUpcall(int members, int outputRead) {
    this.members = members;
    this.outputRead = outputRead;
  }

  /** A run begins; from now on this observer is told. */
  void begin(RunObserver observer, InferenceMode mode, long run) {
    this.run = run;
    this.mode = mode;
    plain = members == 1 && mode == InferenceMode.GENERATE;
    failure = Failure.NONE;
    this.observer = observer;
  }

  /**
   * Whether a callback with this userdata belongs to the run that is under way. Some releases might
   * give none.
   */
  boolean isOfThisRun(long userdata) {
    return userdata == run || userdata == 0;
  }

  /** The run has ended. */
  void end() {
    observer = null;
  }

  /** Whether native code reported a failure of the last run. */
  Failure failure() {
    return failure;
  }

  /** Whether a callback in this state brings all that the run computes: logits or hidden states. */
  boolean isOutput(int state) {
    return state == NORMAL && mode != InferenceMode.GENERATE;
  }

  /** How many callbacks came outside of a run. */
  int strays() {
    return strays.get();
  }

  /** Makes the function pointer for native code; it lives as long as the arena. */
  MemorySegment stub(Arena arena) {
    return Linker.nativeLinker().upcallStub(ON_RESULT.bindTo(this), CALLBACK, arena);
  }

  /** The {@code LLMResultCallback}; all calls of native code end here. See {@link Upcalls}. */
  int onResult(long result, long userdata, int state) {
    RunObserver listener = observer;
    if (listener == null || !isOfThisRun(userdata)) {
      strays.incrementAndGet();
      return CONTINUE;
    }
    try {
      return dispatch(listener, result, state);
    } catch (Throwable thrown) {
      report(listener, thrown);
    }
    return CONTINUE;
  }

  /** Something was thrown in another callback; on the thread of that callback. Throws nothing. */
  void fault(Throwable thrown) {
    RunObserver listener = observer;
    if (listener != null) {
      report(listener, thrown);
    } else {
      strayFault.set(thrown);
    }
  }

  /** What was thrown outside of a run since this was last asked. */
  @Nullable Throwable takeStrayFault() {
    return strayFault.getAndSet(null);
  }

  private static void report(RunObserver listener, Throwable thrown) {
    try {
      listener.onFault(thrown);
    } catch (Throwable _) {
      // There is nobody left to tell, and it must not reach native code.
    }
  }

  private int dispatch(RunObserver listener, long result, int state) {
    if (state == NORMAL || state == WAITING) {
      if (result == 0) {
        return CONTINUE;
      }
      if (plain) {
        return token(listener, 0, result, state);
      }
      return mode == InferenceMode.GENERATE
          ? tokens(listener, result, state)
          : output(listener, result, state);
    }
    if (state == FINISH) {
      listener.onFinish(result == 0 ? RunPerformance.NONE : performance(result));
    } else if (state == ERROR) {
      int length = result == 0 ? 0 : copyText(result);
      failure = length == 0 ? Failure.WITHOUT_WORDS : Failure.WITH_WORDS;
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
    boolean goesOn =
        state == WAITING
            ? listener.onPartialToken(member, id, text.bytes(), length)
            : listener.onToken(member, id, text.bytes(), length);
    return goesOn ? CONTINUE : PAUSE;
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

  private int output(RunObserver listener, long results, int state) {
    if (state != NORMAL) {
      return CONTINUE;
    }
    for (int member = 0; member < members; member++) {
      long result = results + member * RKLLMResult.sizeof();
      try {
        if (mode == InferenceMode.LOGITS) {
          ForwardOutput.logits(result, member, listener);
        } else {
          ForwardOutput.hiddenStates(result, member, listener);
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
