package io.rkllm.internal.callback;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * User code that runs inside a callback of native code, on its thread. While it does, the model is
 * in the middle of a run, so it must not be called.
 */
public final class UserCallback {
  private static final ScopedValue<Boolean> INSIDE = ScopedValue.newInstance();

  private UserCallback() {}

  /** Runs user code. */
  public static <T extends @Nullable Object> T call(Supplier<T> code) {
    return ScopedValue.where(INSIDE, true).call(code::get);
  }

  /**
   * Refuses a call of the model from inside user code.
   *
   * @throws IllegalStateException if the calling thread is inside
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
