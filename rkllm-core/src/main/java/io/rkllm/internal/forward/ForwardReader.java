package io.rkllm.internal.forward;

import io.rkllm.InferenceException;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.internal.callback.UserCallback;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The caller's function that reads the output of a forward pass in place, and what it gave. Called
 * on the native thread; its result is read after the run has ended.
 *
 * @param <R> what it gives
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

  /** The runtime may deliver once more what it delivered; the first time counts. */
  public void read(Object output) {
    if (result == null) {
      result = new Result<>(UserCallback.<R>call(() -> function.apply(output)));
    }
  }

  /** Whether there was something to read. */
  public boolean wasCalled() {
    return result != null;
  }

  /**
   * What the function gave.
   *
   * @throws InferenceException if there was nothing to read
   */
  public R result() {
    Result<R> given = result;
    if (given == null) {
      throw new InferenceException(
          "the run went well, but the runtime gave nothing to read; perhaps the model was converted"
              + " without this output",
          InferenceException.NO_CODE,
          "",
          null);
    }
    return given.value();
  }
}
