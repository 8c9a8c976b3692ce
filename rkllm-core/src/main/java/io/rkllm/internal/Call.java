package io.rkllm.internal;

import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Something short to do on the model's thread, which its caller waits for. */
final class Call<T> implements Runnable {
  private final String what;
  private final ModelWorker worker;
  private final Function<NativeModel, T> work;
  private final CompletableFuture<T> done = new CompletableFuture<>();
  private final AtomicBoolean begun = new AtomicBoolean(); // or dropped: it will not begin any more

  Call(String what, ModelWorker worker, Function<NativeModel, T> work) {
    this.what = what;
    this.worker = worker;
    this.work = work;
  }

  @Override
  public void run() {
    if (!begun.compareAndSet(false, true)) {
      return; // its caller has gone
    }
    try {
      done.complete(work.apply(worker.model()));
    } catch (Throwable thrown) {
      done.completeExceptionally(thrown);
    }
  }

  /** The model is closed: where it has not begun, it will not any more. */
  void fail(RuntimeException reason) {
    if (begun.compareAndSet(false, true)) {
      done.completeExceptionally(reason);
    }
  }

  /**
   * Blocks until it has run.
   *
   * @throws RkllmException if the thread is interrupted meanwhile; what has not begun is dropped
   */
  T await() {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      boolean dropped = begun.compareAndSet(false, true);
      throw new RkllmException(
          "the thread was interrupted while it waited for "
              + what
              + (dropped ? "; it was not done" : "; it had begun already and may have been done"),
          what,
          RkllmException.NO_CODE,
          e);
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    }
  }

  private static RuntimeException rethrown(@Nullable Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException exception
        ? exception
        : new IllegalStateException(cause);
  }
}
