package io.rkllm.internal.callback;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs user code inside a native callback, on the callback's thread. While it runs, the model is in
 * the middle of a run and must not be called.
 */
public final class UserCallback {
  private static final ScopedValue<Boolean> INSIDE = ScopedValue.newInstance();

  private UserCallback() {}

  /** Runs user code and returns its result. */
  public static <T extends @Nullable Object> T call(Supplier<T> code) {
    return ScopedValue.where(INSIDE, true).call(code::get);
  }

  /**
   * Rejects a call of the model from inside user code.
   *
   * @throws IllegalStateException if the calling thread is inside user code
   */
  public static void refuseInside(String call) {
    if (INSIDE.isBound()) {
      throw new IllegalStateException(
          call
              + " was called from inside a function that native code waits for (an in-place reader,"
              + " a tokenizer or an embedding lookup); call it after that function has returned");
    }
  }
}
