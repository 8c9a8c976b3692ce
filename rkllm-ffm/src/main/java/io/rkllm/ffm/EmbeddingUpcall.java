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
 * The {@code LLMGetEmbedCallback}, with which native code requests the embeddings of tokens. Called
 * on a thread of native code's choice. Exceptions do not propagate: they fail the run, and the
 * callback returns an error code.
 *
 * <p>The rows are written directly to native memory. The buffer belongs to an arena that is closed
 * before the callback returns, so that a late write throws instead of accessing freed memory.
 */
final class EmbeddingUpcall {
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ON_TOKENS =
      Upcalls.method(MethodHandles.lookup(), "onTokens", CALLBACK);
  private static final int DONE = 0;

  /** The return value of a failed call. */
  static final int FAILED = 1;

  private final EmbeddingLookup lookup;
  private final ResultUpcall run;
  private final long rowLimit;

  /** The row size of the first call in bytes, or 0 before it. It is constant for a model. */
  private final AtomicLong rowBytes = new AtomicLong();

  /**
   * @param run receives failures
   * @param rowLimit the maximum number of tokens
   */
  EmbeddingUpcall(EmbeddingLookup lookup, ResultUpcall run, long rowLimit) {
    this.lookup = lookup;
    this.run = run;
    this.rowLimit = rowLimit;
  }

  /** Returns the target of the function pointer. */
  MethodHandle callback() {
    return ON_TOKENS.bindTo(this);
  }

  /** The callback, which native code calls. Pointers are passed as numbers; see {@link Upcalls}. */
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
    // A buffer cannot be larger than an int.
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
          "the runtime requested the embeddings of %d tokens at 0x%x in a buffer of %d bytes at 0x%x, which is invalid; nothing was written"
              .formatted(count, tokens, bytes, rows));
    }
    if (count > rowLimit) {
      throw new ContextOverflowException(
          "the prompt does not fit into the context: the runtime requested the embeddings of %d tokens, and the context is limited to %d. Shorten the prompt, or load the model with a larger contextLength."
              .formatted(count, rowLimit),
          RkllmException.NO_CODE);
    }
    int[] ids = new int[(int) count];
    MemorySegment.copy(NativeMemory.ALL, JAVA_INT, tokens, ids, 0, ids.length);
    requireIds(ids);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment target = MemorySegment.ofAddress(rows).reinterpret(bytes, call, null);
      target.fill((byte) 0xff); // NaN, to detect floats that the lookup does not set
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
            "the runtime requested the embedding of token " + ids[i] + " at index " + i);
      }
    }
  }

  /**
   * Rejects rows that were not completely set. Otherwise the model would silently produce wrong
   * answers.
   */
  private static void requireFilled(MemorySegment target, int[] ids) {
    long floats = target.byteSize() / Float.BYTES;
    long width = floats / ids.length;
    for (long i = 0; i < floats; i++) {
      if (Float.isNaN(target.getAtIndex(JAVA_FLOAT, i))) {
        throw new IllegalStateException(
            "the embedding lookup did not set float %d of row %d (token %d), or set it to NaN; it must fill %d rows of %d floats"
                .formatted(i % width, i / width, ids[(int) (i / width)], ids.length, width));
      }
    }
  }
}
