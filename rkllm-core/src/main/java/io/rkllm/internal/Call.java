package io.rkllm.internal;

import io.rkllm.RkllmException;
import io.rkllm.spi.NativeModel;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Something short to do on the model's thread, which its caller waits for. */
final class Call<T> implements Runnable {
  private final String what;
  private final ModelWorker worker;
  private final Function<NativeModel, T> work;
  private final CompletableFuture<T> done = new CompletableFuture<>();

  Call(String what, ModelWorker worker, Function<NativeModel, T> work) {
    this.what = what;
    this.worker = worker;
    this.work = work;
  }

  @Override
  public void run() {
    if (done.isDone()) {
      return; // its caller has gone
    }
    try {
      done.complete(work.apply(worker.model()));
    } catch (Throwable thrown) {
      done.completeExceptionally(thrown);
    }
  }

  /** The model is closed: it will not run any more. */
  void fail(RuntimeException reason) {
    done.completeExceptionally(reason);
  }

  /**
   * Blocks until it has run.
   *
   * @throws RkllmException if the thread is interrupted meanwhile; what had not begun is dropped
   */
  T await() {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done.cancel(false);
      throw new RkllmException(
          "the thread was interrupted while it waited for "
              + what
              + "; it may have been done or not",
          what,
          RkllmException.NO_CODE,
          e);
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } catch (CancellationException e) {
      throw new IllegalStateException(what + " was dropped", e);
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
