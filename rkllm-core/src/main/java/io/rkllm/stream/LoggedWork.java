package io.rkllm.stream;

import io.rkllm.RkllmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The readers' side of work that is logged while it goes on and has a result in the end. When the
 * last of them leaves before that, it is cancelled.
 *
 * @param <E> what is logged
 * @param <R> what it comes to
 */
public abstract class LoggedWork<E, R> extends LogReaders<E> {
  private final CompletableFuture<R> ended;

  /**
   * @param ended completed after the log has ended, with a result or {@link RkllmException}; nobody
   *     outside gets it
   */
  protected LoggedWork(EventLog<E> log, CompletableFuture<R> ended) {
    super(log);
    this.ended = ended;
  }

  /**
   * Ends work: first its log, then its result. Also when the heap is full at the moment, since who
   * waits for the end would wait for ever.
   *
   * @param result what it came to, or null if it failed
   * @param failure what its readers are told after the last event; null for a good end. Where there
   *     is a result, only readers of the log are told
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
      } catch (Throwable _) { // whom it kept from hearing of the end, hears of it the next time
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  /** Ends it soon. Does not block. */
  public abstract void cancel();

  @Override
  protected final void lastReaderLeft() {
    cancel();
  }

  /** Whether it has ended. */
  public final boolean isDone() {
    return ended.isDone();
  }

  /** The same as {@link #cancel}. */
  public final void close() {
    cancel();
  }

  /** Blocks until the end. */
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

  /** The result as a future of the caller's own. */
  public final CompletableFuture<R> result() {
    readerAttached();
    CompletableFuture<R> result = new CompletableFuture<>();
    var _ =
        result.whenComplete(
            (r, thrown) -> {
              if (!isDone()) {
                readerDetached(); // cancelled, timed out or completed by its owner
              }
            });
    if (isDone()) {
      complete(result);
    } else {
      Runnable completion = () -> complete(result); // made now: the heap may be full at the end
      var _ =
          ended.whenComplete((r, thrown) -> runAtEnd(completion)); // what hangs on it is user code
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
