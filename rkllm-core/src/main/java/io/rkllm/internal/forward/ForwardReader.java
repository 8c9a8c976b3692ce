package io.rkllm.internal.forward;

import io.rkllm.InferenceException;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.internal.callback.UserCallback;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The application's function that reads the output of a forward pass in place, together with its
 * result. The function is called on the native thread; the result is read after the run has ended.
 *
 * @param <R> the type of the result
 */
public final class ForwardReader<R extends @Nullable Object> {
  private final Function<Object, ? extends R> function;
  private volatile @Nullable Result<R> result;

  private record Result<R extends @Nullable Object>(R value) {}

  private ForwardReader(Function<Object, ? extends R> function) {
    this.function = function;
  }

  public static <R extends @Nullable Object> ForwardReader<R> ofLogits(
      Function<? super Logits, ? extends R> function) {
    return new ForwardReader<>(output -> function.apply((Logits) output));
  }

  public static <R extends @Nullable Object> ForwardReader<R> ofHiddenStates(
      Function<? super HiddenStates, ? extends R> function) {
    return new ForwardReader<>(output -> function.apply((HiddenStates) output));
  }

  /** Calls the function. If the runtime delivers the output again, later calls are ignored. */
  public void read(Object output) {
    if (result == null) {
      result = new Result<>(UserCallback.<R>call(() -> function.apply(output)));
    }
  }

  /** Returns whether the runtime delivered an output. */
  public boolean wasCalled() {
    return result != null;
  }

  /**
   * Returns the result of the function.
   *
   * @throws InferenceException if the runtime delivered no output
   */
  public R result() {
    Result<R> given = result;
    if (given == null) {
      throw new InferenceException(
          "the run succeeded, but the runtime returned no output; the model may have been converted"
              + " without this output",
          InferenceException.NO_CODE,
          "",
          null);
    }
    return given.value();
  }
}
