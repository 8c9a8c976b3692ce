package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.ContextOverflowException;
import io.rkllm.RkllmException;
import io.rkllm.input.Tokenizer;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;

/**
 * The {@code LLMTokenizerCallback}: native code asks for the tokens of a text. Runs on whichever
 * thread native code calls back on. Lets nothing thrown pass: it becomes a fault of the run, and
 * native code is told that the call has failed. Owns no native memory.
 */
final class TokenizerUpcall {
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ON_TEXT =
      Upcalls.method(MethodHandles.lookup(), "onText", CALLBACK);

  /** What native code is told when the call has failed. */
  static final int FAILED = -1;

  /** A megabyte a token of the longest context would be more than a prompt ever is. */
  private static final int MAX_BYTES = 64 << 20;

  private final Tokenizer tokenizer;
  private final ResultUpcall run;

  /**
   * @param run hears of faults
   */
  TokenizerUpcall(Tokenizer tokenizer, ResultUpcall run) {
    this.tokenizer = tokenizer;
    this.run = run;
  }

  /** The way in from native code. */
  MethodHandle callback() {
    return ON_TEXT.bindTo(this);
  }

  /** All calls of native code end here. Pointers are plain numbers, see {@link Upcalls}. */
  int onText(long userdata, long text, int length, long tokens, int capacity) {
    try {
      return encode(text, length, tokens, capacity);
    } catch (Throwable thrown) {
      run.fail(thrown);
      return FAILED;
    }
  }

  private int encode(long text, int length, long tokens, int capacity) {
    boolean noText = length > 0 && !NativeMemory.isPlausible(text, 1);
    boolean noCapacity = capacity < 0 || !NativeMemory.isPlausible(tokens, Integer.BYTES);
    if (length < 0 || length > MAX_BYTES || noText || noCapacity) {
      throw new IllegalStateException(
          "the runtime asked for the tokens of %d bytes at 0x%x, with room for %d at 0x%x, which cannot be"
              .formatted(length, text, capacity, tokens));
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(NativeMemory.ALL, JAVA_BYTE, text, bytes, 0, length);
    // What is not UTF-8 becomes U+FFFD: a tokenizer of the user's may rely on well-formed text.
    int[] ids = tokenizer.encode(new String(bytes, StandardCharsets.UTF_8));
    check(ids, capacity);
    MemorySegment.copy(ids, 0, NativeMemory.ALL, JAVA_INT, tokens, ids.length);
    return ids.length;
  }

  private static void check(int[] ids, int capacity) {
    if (ids.length > capacity) {
      throw new ContextOverflowException(
          "the prompt does not fit into the context: the tokenizer gave %d tokens, and the runtime has room for %d. Shorten the prompt, or load the model with a larger contextLength."
              .formatted(ids.length, capacity),
          RkllmException.NO_CODE);
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new IllegalStateException(
            "the tokenizer gave a negative token id, " + ids[i] + " at index " + i);
      }
    }
  }
}
