package io.rkllm.internal.queue;

import io.rkllm.RkllmException;
import io.rkllm.internal.thread.FullHeap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A short job whose caller waits for it. */
final class Call<T> implements Job {
  private final String what;
  private final Supplier<T> work;
  private final CompletableFuture<T> done = new CompletableFuture<>();
  private final AtomicBoolean begun = new AtomicBoolean(); // or dropped, and will not start

  Call(String what, Supplier<T> work) {
    this.what = what;
    this.work = work;
  }

  @Override
  public void run() {
    if (!begun.compareAndSet(false, true)) {
      return; // the caller no longer waits
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

  /** Releases the caller, even if the heap is full; otherwise it would wait forever. */
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
   * Waits until the call has been made.
   *
   * @throws RkllmException if the thread is interrupted while waiting; a call that has not started
   *     is dropped
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
              + (dropped ? "; the call was not made" : "; the call may have been made"),
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
