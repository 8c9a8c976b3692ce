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
 * The {@code LLMTokenizerCallback}, with which native code requests the tokens of a text. Called on
 * a thread of native code's choice. Exceptions do not propagate: they fail the run, and the
 * callback returns an error code. Owns no native memory.
 */
final class TokenizerUpcall {
  static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ON_TEXT =
      Upcalls.method(MethodHandles.lookup(), "onText", CALLBACK);

  /** The return value of a failed call. */
  static final int FAILED = -1;

  /**
   * More than any prompt has: the longest context has fewer tokens than a megabyte per token would
   * fill.
   */
  private static final int MAX_BYTES = 64 << 20;

  private final Tokenizer tokenizer;
  private final ResultUpcall run;

  /**
   * @param run receives failures
   */
  TokenizerUpcall(Tokenizer tokenizer, ResultUpcall run) {
    this.tokenizer = tokenizer;
    this.run = run;
  }

  /** Returns the target of the function pointer. */
  MethodHandle callback() {
    return ON_TEXT.bindTo(this);
  }

  /** The callback, which native code calls. Pointers are passed as numbers; see {@link Upcalls}. */
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
          "the runtime requested the tokens of %d bytes at 0x%x in a buffer for %d tokens at 0x%x, which is invalid"
              .formatted(length, text, capacity, tokens));
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(NativeMemory.ALL, JAVA_BYTE, text, bytes, 0, length);
    // Invalid UTF-8 becomes U+FFFD, because the application's tokenizer may rely on well-formed
    // text.
    int[] ids = tokenizer.encode(new String(bytes, StandardCharsets.UTF_8));
    check(ids, capacity);
    MemorySegment.copy(ids, 0, NativeMemory.ALL, JAVA_INT, tokens, ids.length);
    return ids.length;
  }

  private static void check(int[] ids, int capacity) {
    if (ids.length > capacity) {
      throw new ContextOverflowException(
          "the prompt does not fit into the context: the tokenizer returned %d tokens, and the runtime accepts %d. Shorten the prompt, or load the model with a larger contextLength."
              .formatted(ids.length, capacity),
          RkllmException.NO_CODE);
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new IllegalStateException(
            "the tokenizer returned a negative token id, " + ids[i] + " at index " + i);
      }
    }
  }
}
