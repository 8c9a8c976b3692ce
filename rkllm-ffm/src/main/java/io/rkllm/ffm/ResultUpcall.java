package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.rkllm_h;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.MemorySegment;
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
 * both; a test holds them equal. The generated pointer layout has an unbounded target, so that a
 * result comes as a segment that can be read at once: reinterpreting it would cost more than all
 * the rest.
 */
final class ResultUpcall {
  /** No token is that long; a text that is has lost its end. */
  private static final int MAX_TEXT = 1 << 20;

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

  /** The {@code LLMResultCallback}. */
  int onResult(MemorySegment result, MemorySegment userdata, int state) {
    RunObserver listener = observer;
    if (listener == null) {
      strays.incrementAndGet();
      return CONTINUE;
    }
    try {
      dispatch(listener, result, state);
    } catch (Throwable thrown) {
      report(listener, thrown);
    }
    return CONTINUE;
  }

  private void dispatch(RunObserver listener, MemorySegment result, int state) {
    if (state == NORMAL || state == WAITING) {
      if (result.address() != 0) {
        int length = copyText(result); // first: it may replace the buffer
        listener.onToken(RKLLMResult.token_id(result), text, length);
      }
    } else if (state == FINISH) {
      if (result.address() != 0) {
        listener.onFinish(performance(RKLLMResult.perf(result)));
      }
    } else if (state == ERROR) {
      int length = result.address() == 0 ? 0 : copyText(result);
      failure = length == 0 ? Failure.WITHOUT_WORDS : Failure.WITH_WORDS;
      listener.onError(length == 0 ? null : new String(text, 0, length, StandardCharsets.UTF_8));
    } else {
      throw new IllegalStateException(
          "the runtime called back with state " + state + ", which this SDK does not know");
    }
  }

  /** Copies the text into {@link #text} and returns its length. */
  private int copyText(MemorySegment result) {
    MemorySegment source = RKLLMResult.text(result);
    if (source.address() == 0) {
      return 0;
    }
    byte[] target = text;
    for (int i = 0; ; i++) {
      byte b = source.get(JAVA_BYTE, i);
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

  private static void report(RunObserver listener, Throwable thrown) {
    try {
      listener.onFault(thrown);
    } catch (Throwable _) {
      // There is nobody left to tell, and it must not reach native code.
    }
  }
}
