package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What native code calls for each token. Runs on whichever thread native code calls back on, one
 * call at a time. Lets nothing thrown pass (it would end the JVM), logs nothing, and always tells
 * native code to go on. Owns no native memory: the stub that leads here is the model's.
 *
 * <p>{@code RKLLMResult} has the same layout in both ABIs, so the generated class of one serves for
 * both; a test holds them equal.
 */
final class ResultUpcall {
  /** No token is that long; a text that is has lost its end. */
  private static final int MAX_TEXT = 1 << 20;

  private static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ON_RESULT = onResultHandle();

  /** All of the process's memory, to read at the addresses that native code gives. */
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final int CONTINUE = 0;
  private static final int NORMAL = rkllm_h.RKLLM_RUN_NORMAL();
  private static final int WAITING = rkllm_h.RKLLM_RUN_WAITING();
  private static final int FINISH = rkllm_h.RKLLM_RUN_FINISH();
  private static final int ERROR = rkllm_h.RKLLM_RUN_ERROR();

  /** Grows, never shrinks; touched only inside a callback. */
  private byte[] text = new byte[256];

  /** Volatile: set by the model's thread, read by the thread of the callback. */
  private volatile @Nullable RunObserver observer;

  /** Callbacks that came while nobody listened. */
  private final AtomicInteger strays = new AtomicInteger();

  /** What native code has said of a failure since the observer was set. */
  enum Failure {
    NONE,
    WITHOUT_WORDS,
    WITH_WORDS
  }

  private volatile Failure failure = Failure.NONE;

  private static MethodHandle onResultHandle() {
    try {
      return MethodHandles.lookup()
          .findVirtual(
              ResultUpcall.class,
              "onResult",
              MethodType.methodType(int.class, long.class, long.class, int.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Whom to tell from now on; null when no run is under way. */
  void observer(@Nullable RunObserver observer) {
    if (observer != null) {
      failure = Failure.NONE;
    }
    this.observer = observer;
  }

  /** Whether native code reported a failure of the last run. */
  Failure failure() {
    return failure;
  }

  /** How many callbacks came outside of a run. */
  int strays() {
    return strays.get();
  }

  /**
   * Makes the function pointer for native code; it lives as long as the arena.
   *
   * <p>Pointers come in as plain numbers: as memory segments they would be allocated before this
   * class is reached, and an {@link OutOfMemoryError} there would end the JVM.
   */
  MemorySegment stub(Arena arena) {
    return Linker.nativeLinker().upcallStub(ON_RESULT.bindTo(this), CALLBACK, arena);
  }

  /** The {@code LLMResultCallback}; all calls of native code end here. */
  int onResult(long result, long userdata, int state) {
    RunObserver listener = observer;
    if (listener == null) {
      strays.incrementAndGet();
      return CONTINUE;
    }
    try {
      dispatch(listener, result, state);
    } catch (Throwable thrown) {
      try {
        listener.onFault(thrown);
      } catch (Throwable _) {
        // There is nobody left to tell, and it must not reach native code.
      }
    }
    return CONTINUE;
  }

  private void dispatch(RunObserver listener, long result, int state) {
    if (state == NORMAL || state == WAITING) {
      if (result != 0) {
        int length = copyText(result); // may replace the buffer
        int id = MEMORY.get(JAVA_INT, result + RKLLMResult.token_id$offset());
        listener.onToken(id, text, length);
      }
    } else if (state == FINISH) {
      if (result != 0) {
        listener.onFinish(performance(RKLLMResult.perf(MEMORY.asSlice(result))));
      }
    } else if (state == ERROR) {
      int length = result == 0 ? 0 : copyText(result);
      failure = length == 0 ? Failure.WITHOUT_WORDS : Failure.WITH_WORDS;
      listener.onError(length == 0 ? null : new String(text, 0, length, StandardCharsets.UTF_8));
    } else {
      throw new IllegalStateException(
          "the runtime called back with state " + state + ", which this SDK does not know");
    }
  }

  /** Copies the text into {@link #text} and returns its length. */
  private int copyText(long result) {
    long source = MEMORY.get(JAVA_LONG, result + RKLLMResult.text$offset());
    if (source == 0) {
      return 0;
    }
    byte[] target = text;
    for (int i = 0; ; i++) {
      byte b = MEMORY.get(JAVA_BYTE, source + i);
      if (b == 0) {
        return i;
      }
      if (i == target.length) {
        target = grow();
      }
      target[i] = b;
    }
  }

  private byte[] grow() {
    if (text.length >= MAX_TEXT) {
      throw new IllegalStateException(
          "the runtime gave a token of more than " + MAX_TEXT + " bytes");
    }
    text = Arrays.copyOf(text, text.length * 2);
    return text;
  }

  private static RunPerformance performance(MemorySegment perf) {
    return new RunPerformance(
        RKLLMPerfStat.prefill_time_ms(perf),
        RKLLMPerfStat.prefill_tokens(perf),
        RKLLMPerfStat.generate_time_ms(perf),
        RKLLMPerfStat.generate_tokens(perf),
        RKLLMPerfStat.memory_usage_mb(perf));
  }
}
