package io.rkllm.internal.queue;

import io.rkllm.RkllmException;
import io.rkllm.internal.thread.FullHeap;
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
    T result = null;
    Throwable failure = null;
    try {
      result = work.get();
    } catch (Throwable thrown) {
      failure = thrown;
    }
    complete(result, failure);
  }

  @Override
  public void onModelClose() {
    if (begun.compareAndSet(false, true)) {
      complete(null, null);
    }
  }

  /** Lets the caller go, also where the heap is full: it would wait for ever. */
  private void complete(@Nullable T result, @Nullable Throwable failure) {
    while (!done.isDone()) {
      try {
        if (result != null) {
          done.complete(result);
        } else {
          done.completeExceptionally(failure != null ? failure : JobQueue.closed());
        }
      } catch (OutOfMemoryError _) {
        FullHeap.pause();
      }
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
