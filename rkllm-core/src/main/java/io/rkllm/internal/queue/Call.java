package io.rkllm.internal.queue;

import io.rkllm.RkllmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A short job that its caller waits for. */
final class Call<T> implements Job {
  private final String what;
  private final Supplier<T> work;
  private final CompletableFuture<T> done = new CompletableFuture<>();
  private final AtomicBoolean begun = new AtomicBoolean(); // or dropped: it will not begin any more

  Call(String what, Supplier<T> work) {
    this.what = what;
    this.work = work;
  }

  @Override
  public void run() {
    if (!begun.compareAndSet(false, true)) {
      return; // its caller has gone
    }
    try {
      done.complete(work.get());
    } catch (Throwable thrown) {
      done.completeExceptionally(thrown);
    }
  }

  @Override
  public void modelCloses() {
    if (begun.compareAndSet(false, true)) {
      done.completeExceptionally(JobQueue.closed());
    }
  }

  /**
   * Blocks until the call has been made.
   *
   * @throws RkllmException if the thread is interrupted meanwhile; a call that has not begun is
   *     dropped
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
