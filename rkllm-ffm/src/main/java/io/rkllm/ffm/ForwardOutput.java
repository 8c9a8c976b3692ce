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
 * Shows the logits and hidden states of one model where native code has put them, without a copy.
 * What an observer is shown belongs to an arena that is closed before native code goes on, so that
 * a late read throws instead of reading freed memory. Used inside callbacks, one at a time; lets
 * through what observers throw.
 *
 * <p>Sizes that cannot be are refused before the memory is touched: a read beyond its end would
 * take the JVM down.
 */
final class ForwardOutput {
  /** Four times what the longest context and the largest vocabulary make. More is garbage. */
  private static final long MAX_BYTES = 64L << 30;

  private final long rowLimit;

  private final Rows logits =
      new Rows(
          "logits",
          RKLLMResult.logits$offset(),
          RKLLMResultLogits.logits$offset(),
          RKLLMResultLogits.num_tokens$offset(),
          RKLLMResultLogits.vocab_size$offset());

  private final Rows hiddenStates =
      new Rows(
          "hidden states",
          RKLLMResult.last_hidden_layer$offset(),
          RKLLMResultLastHiddenLayer.hidden_states$offset(),
          RKLLMResultLastHiddenLayer.num_tokens$offset(),
          RKLLMResultLastHiddenLayer.embd_size$offset());

  /**
   * @param rowLimit the most rows that a result can have
   */
  ForwardOutput(long rowLimit) {
    this.rowLimit = rowLimit;
  }

  /** Shows the logits of the {@code RKLLMResult} at this address, if it has any. */
  void logits(long result, int member, RunObserver observer) {
    show(
        logits,
        result,
        (rows, tokens, width) -> observer.onLogits(member, new Logits(rows, tokens, width)));
  }

  /** Shows the hidden states of the {@code RKLLMResult} at this address, if it has any. */
  void hiddenStates(long result, int member, RunObserver observer) {
    show(
        hiddenStates,
        result,
        (rows, tokens, width) ->
            observer.onHiddenStates(member, new HiddenStates(rows, tokens, width)));
  }

  /** Where one of the two outputs lies in a result, and how wide its rows are. */
  private static final class Rows {
    final String name;
    final long struct;
    final long values;
    final long tokens;
    final long width;

    /** As seen in the first output; 0 before. A model has one. */
    int knownWidth;

    /** All but the name are offsets. */
    Rows(String name, long struct, long values, long tokens, long width) {
      this.name = name;
      this.struct = struct;
      this.values = values;
      this.tokens = tokens;
      this.width = width;
    }
  }

  @FunctionalInterface
  private interface Showing {
    void show(MemorySegment rows, int tokens, int width);
  }

  private void show(Rows kind, long result, Showing showing) {
    long struct = result + kind.struct;
    long values = number(struct + kind.values);
    int tokens = integer(struct + kind.tokens);
    int width = integer(struct + kind.width);
    if (isNothing(values, tokens, width)) {
      return;
    }
    try (Arena call = Arena.ofConfined()) {
      MemorySegment rows = rows(kind.name, values, tokens, width, kind.knownWidth, call);
      kind.knownWidth = width;
      showing.show(rows, tokens, width);
    }
  }

  /** A result without output is all zero; one that is so in part alone is wrong. */
  private static boolean isNothing(long values, int tokens, int width) {
    return values == 0 && tokens == 0 && width == 0;
  }

  private MemorySegment rows(
      String what, long values, int tokens, int width, int knownWidth, Arena arena) {
    String finding = null;
    long floats = (long) tokens * width; // which cannot overflow; their bytes could
    if (tokens <= 0 || width <= 0 || floats > MAX_BYTES / Float.BYTES) {
      finding = "which cannot be";
    } else if (!NativeMemory.isPlausible(values, Float.BYTES)) {
      finding = "which cannot be: it is not the address of floats";
    } else if (tokens > rowLimit) {
      finding = "which cannot be: the context has room for " + rowLimit + " tokens";
    } else if (knownWidth != 0 && width != knownWidth) {
      finding = "which cannot be: rows of this model had " + knownWidth + " floats before";
    }
    if (finding != null) {
      throw new IllegalStateException(
          "the runtime gave %s of %d tokens × %d at address 0x%x, %s; they were not read"
              .formatted(what, tokens, width, values, finding));
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
