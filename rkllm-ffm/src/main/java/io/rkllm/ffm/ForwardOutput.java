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
 * Provides the logits and hidden states of one model in native memory, without a copy. The segments
 * passed to observers belong to an arena that is closed before the callback returns, so that a late
 * read throws instead of accessing freed memory. Used inside callbacks, one at a time; exceptions
 * of observers propagate.
 *
 * <p>Impossible sizes are rejected before the memory is accessed, because reading beyond its end
 * would crash the JVM.
 */
final class ForwardOutput {
  /**
   * Four times the size for the longest context and the largest vocabulary. Anything larger is
   * invalid.
   */
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
   * @param rowLimit the maximum number of rows of a result
   */
  ForwardOutput(long rowLimit) {
    this.rowLimit = rowLimit;
  }

  /**
   * Passes the logits of the {@code RKLLMResult} at the given address, if there are any, to the
   * observer.
   */
  void logits(long result, int member, RunObserver observer) {
    show(
        logits,
        result,
        (rows, tokens, width) -> observer.onLogits(member, new Logits(rows, tokens, width)));
  }

  /**
   * Passes the hidden states of the {@code RKLLMResult} at the given address, if there are any, to
   * the observer.
   */
  void hiddenStates(long result, int member, RunObserver observer) {
    show(
        hiddenStates,
        result,
        (rows, tokens, width) ->
            observer.onHiddenStates(member, new HiddenStates(rows, tokens, width)));
  }

  /** The location of an output in a result, and the width of its rows. */
  private static final class Rows {
    final String name;
    final long struct;
    final long values;
    final long tokens;
    final long width;

    /** The width in the first output, or 0 before it. It is constant for a model. */
    int knownWidth;

    /** All parameters except the name are offsets. */
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

  /**
   * Returns whether a result has no output. In that case all fields are zero; if only some are, the
   * result is invalid.
   */
  private static boolean isNothing(long values, int tokens, int width) {
    return values == 0 && tokens == 0 && width == 0;
  }

  private MemorySegment rows(
      String what, long values, int tokens, int width, int knownWidth, Arena arena) {
    String finding = null;
    long floats = (long) tokens * width; // cannot overflow, but the number of bytes could
    if (tokens <= 0 || width <= 0 || floats > MAX_BYTES / Float.BYTES) {
      finding = "which is impossible";
    } else if (!NativeMemory.isPlausible(values, Float.BYTES)) {
      finding = "which is not a valid address of floats";
    } else if (tokens > rowLimit) {
      finding = "but the context is limited to " + rowLimit + " tokens";
    } else if (knownWidth != 0 && width != knownWidth) {
      finding = "but earlier rows of this model had " + knownWidth + " floats";
    }
    if (finding != null) {
      throw new IllegalStateException(
          "the runtime returned %s of %d tokens × %d at address 0x%x, %s; they were not read"
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
