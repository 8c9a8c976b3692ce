package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.RKLLMResultLastHiddenLayer;
import io.rkllm.ffm.gen.v1_2.RKLLMResultLogits;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.RunObserver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Shows logits and hidden states where native code has put them, without a copy. What an observer
 * is shown belongs to an arena that is closed before native code goes on, so that a late read
 * throws instead of reading freed memory. Used inside callbacks; lets through what observers throw.
 */
final class ForwardOutput {
  /** Four times what the longest context and the largest vocabulary make. More is garbage. */
  private static final long MAX_BYTES = 64L << 30;

  private ForwardOutput() {}

  /** Shows the logits of the {@code RKLLMResult} at this address, if it has any. */
  static void logits(long result, int member, RunObserver observer) {
    long struct = result + RKLLMResult.logits$offset();
    long values = number(struct + RKLLMResultLogits.logits$offset());
    int tokens = integer(struct + RKLLMResultLogits.num_tokens$offset());
    int width = integer(struct + RKLLMResultLogits.vocab_size$offset());
    if (values != 0 && tokens != 0 && width != 0) {
      try (Arena call = Arena.ofConfined()) {
        MemorySegment rows = rows("logits", values, tokens, width, call);
        observer.onLogits(member, new Logits(rows, tokens, width));
      }
    }
  }

  /** Shows the hidden states of the {@code RKLLMResult} at this address, if it has any. */
  static void hiddenStates(long result, int member, RunObserver observer) {
    long struct = result + RKLLMResult.last_hidden_layer$offset();
    long values = number(struct + RKLLMResultLastHiddenLayer.hidden_states$offset());
    int tokens = integer(struct + RKLLMResultLastHiddenLayer.num_tokens$offset());
    int width = integer(struct + RKLLMResultLastHiddenLayer.embd_size$offset());
    if (values != 0 && tokens != 0 && width != 0) {
      try (Arena call = Arena.ofConfined()) {
        MemorySegment rows = rows("hidden states", values, tokens, width, call);
        observer.onHiddenStates(member, new HiddenStates(rows, tokens, width));
      }
    }
  }

  private static MemorySegment rows(String what, long values, int tokens, int width, Arena arena) {
    long floats = (long) tokens * width; // which cannot overflow; their bytes could
    boolean tooMany = floats > MAX_BYTES / Float.BYTES;
    if (tokens < 0 || width < 0 || tooMany || values % Float.BYTES != 0) {
      throw new IllegalStateException(
          "the runtime gave %s of %d tokens × %d at address 0x%x, which cannot be; they were not read"
              .formatted(what, tokens, width, values));
    }
    return MemorySegment.ofAddress(values)
        .reinterpret(floats * Float.BYTES, arena, null)
        .asReadOnly();
  }

  private static long number(long address) {
    return NativeMemory.ALL.get(JAVA_LONG, address);
  }

  private static int integer(long address) {
    return NativeMemory.ALL.get(JAVA_INT, address);
  }
}
