package io.rkllm.stream;

import io.rkllm.RkllmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Work that appends events to a log and ends with a result, as seen by its readers. If the last
 * reader leaves before the end, the work is cancelled.
 *
 * @param <E> the type of the events
 * @param <R> the type of the result
 */
public abstract class LoggedWork<E, R> extends LogReaders<E> {
  private final CompletableFuture<R> ended;

  /**
   * Creates work with the given log.
   *
   * @param ended completed after the log has ended, with the result or {@link RkllmException}; not
   *     exposed to callers
   */
  protected LoggedWork(EventLog<E> log, CompletableFuture<R> ended) {
    super(log);
    this.ended = ended;
  }

  /**
   * Ends the work: first its log, then its result. Retries while the heap is full, because waiters
   * would otherwise wait forever.
   *
   * @param result the result, or null if the work failed
   * @param failure the exception for readers after the last event, or null for a normal end. If
   *     there is a result, only readers of the log get it
   */
  public static <R> void end(
      EventLog<?> log,
      CompletableFuture<R> ended,
      @Nullable R result,
      @Nullable RkllmException failure) {
    if (ended.isDone()) {
      return;
    }
    while (true) {
      try {
        log.end(failure);
        if (failure == null || result != null) {
          ended.complete(result);
        } else {
          ended.completeExceptionally(failure);
        }
        return;
      } catch (Throwable _) { // readers that could not be notified are notified in the next attempt
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  /** Requests that the work end soon. Does not block. */
  public abstract void cancel();

  @Override
  protected final void lastReaderLeft() {
    cancel();
  }

  /** Returns whether the work has ended. */
  public final boolean isDone() {
    return ended.isDone();
  }

  /** Cancels the work, as {@link #cancel} does. */
  public final void close() {
    cancel();
  }

  /** Waits for the end and returns the result. */
  public final R await() {
    if (!isDone()) {
      refuseOwnThread("a blocking read");
    }
    readerAttached();
    try {
      return ended.get();
    } catch (InterruptedException e) {
      readerDetached();
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RkllmException failure ? failure : new IllegalStateException(e);
    }
  }

  /** Returns a new future of the result. */
  public final CompletableFuture<R> result() {
    readerAttached();
    CompletableFuture<R> result = new CompletableFuture<>();
    var _ =
        result.whenComplete(
            (r, thrown) -> readerDetached()); // possibly cancelled or completed by its owner
    if (isDone()) {
      complete(result);
    } else {
      Runnable completion =
          () -> complete(result); // preallocated, because the heap may be full at the end
      var _ =
          ended.whenComplete(
              (r, thrown) -> runAtEnd(completion)); // dependents of the future are user code
    }
    return result;
  }

  private void complete(CompletableFuture<R> result) {
    switch (ended.state()) {
      case SUCCESS -> result.complete(ended.resultNow());
      default -> result.completeExceptionally(ended.exceptionNow());
    }
  }
}
