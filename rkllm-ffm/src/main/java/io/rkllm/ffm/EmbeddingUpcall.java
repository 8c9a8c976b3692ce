package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ContextOverflowException;
import io.rkllm.RkllmException;
import io.rkllm.input.EmbeddingLookup;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The {@code LLMGetEmbedCallback}: native code asks for the embeddings of tokens. Runs on whichever
 * thread native code calls back on. Lets nothing thrown pass: it becomes a fault of the run, and
 * native code is told that the call has failed.
 *
 * <p>The rows are written where native code wants them. The buffer belongs to an arena that is
 * closed before native code goes on, so that a late write throws instead of hitting freed memory.
 */
final class EmbeddingUpcall {
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ON_TOKENS =
      Upcalls.method(MethodHandles.lookup(), "onTokens", CALLBACK);
  private static final int DONE = 0;

  /** What native code is told when the call has failed. */
  static final int FAILED = 1;

  private final EmbeddingLookup lookup;
  private final ResultUpcall run;
  private final long rowLimit;

  /** Of the first call, in bytes; 0 before. A model has one. */
  private final AtomicLong rowBytes = new AtomicLong();

  /**
   * @param run hears of faults
   * @param rowLimit the most tokens that there can be
   */
  EmbeddingUpcall(EmbeddingLookup lookup, ResultUpcall run, long rowLimit) {
    this.lookup = lookup;
    this.run = run;
    this.rowLimit = rowLimit;
  }

  /** The way in from native code. */
  MethodHandle callback() {
    return ON_TOKENS.bindTo(this);
  }

  /** All calls of native code end here. Pointers are plain numbers, see {@link Upcalls}. */
  int onTokens(long userdata, long tokens, long count, long rows, long bytes) {
    try {
      lookUp(tokens, count, rows, bytes);
      return DONE;
    } catch (Throwable thrown) {
      run.fail(thrown);
      return FAILED;
    }
  }

  private void lookUp(long tokens, long count, long rows, long bytes) {
    // A buffer cannot be larger than an int says.
    boolean sizesFit =
        count >= 1
            && count <= Integer.MAX_VALUE
            && bytes >= Float.BYTES
            && bytes <= Integer.MAX_VALUE
            && bytes % (count * Float.BYTES) == 0;
    boolean addressesFit =
        NativeMemory.isPlausible(tokens, Integer.BYTES)
            && NativeMemory.isPlausible(rows, Float.BYTES);
    if (!sizesFit || !addressesFit || !isKnownWidth(bytes / count)) {
      throw new IllegalStateException(
          "the runtime asked for the embeddings of %d tokens at 0x%x, with room of %d bytes at 0x%x, which cannot be; nothing was written"
              .formatted(count, tokens, bytes, rows));
    }
    if (count > rowLimit) {
      throw new ContextOverflowException(
          "the prompt does not fit into the context: the runtime asked for the embeddings of %d tokens, and the context has room for %d. Shorten the prompt, or load the model with a larger contextLength."
              .formatted(count, rowLimit),
          RkllmException.NO_CODE);
    }
    int[] ids = new int[(int) count];
    MemorySegment.copy(NativeMemory.ALL, JAVA_INT, tokens, ids, 0, ids.length);
    requireIds(ids);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment target = MemorySegment.ofAddress(rows).reinterpret(bytes, call, null);
      target.fill((byte) 0xff); // not a number, to see what the lookup leaves out
      lookup.embed(ids, target.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer());
      requireFilled(target, ids);
    }
  }

  private boolean isKnownWidth(long width) {
    return rowBytes.compareAndSet(0, width) || rowBytes.get() == width;
  }

  private static void requireIds(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new IllegalStateException(
            "the runtime asked for the embedding of token " + ids[i] + " at index " + i);
      }
    }
  }

  /** Left-over memory would not fail: the model would answer something else. */
  private static void requireFilled(MemorySegment target, int[] ids) {
    long floats = target.byteSize() / Float.BYTES;
    long width = floats / ids.length;
    for (long i = 0; i < floats; i++) {
      if (Float.isNaN(target.getAtIndex(JAVA_FLOAT, i))) {
        throw new IllegalStateException(
            "the embedding lookup left out float %d of row %d (token %d) or made it NaN; it must fill %d rows of %d floats"
                .formatted(i % width, i / width, ids[(int) (i / width)], ids.length, width));
      }
    }
  }
}
