package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.RkllmException;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The readers' side of a generation. When the last of them leaves before the end, it is cancelled.
 */
final class ModelGeneration implements Generation {
  private final GenerationTask task;
  private final AtomicInteger readers =
      new AtomicInteger(); // those who wait for text or result included

  ModelGeneration(GenerationTask task) {
    this.task = task;
  }

  GenerationTask task() {
    return task;
  }

  @Override
  public GenerationResult await() {
    if (!isDone()) {
      task.worker().refuseOwnThread("a blocking read");
    }
    readerCame();
    try {
      return task.ended().get();
    } catch (InterruptedException e) {
      readerLeft();
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RkllmException failure ? failure : new IllegalStateException(e);
    }
  }

  @Override
  public CompletableFuture<GenerationResult> result() {
    readerCame();
    CompletableFuture<GenerationResult> result = new CompletableFuture<>();
    var _ =
        result.whenComplete(
            (r, thrown) -> {
              if (!isDone()) {
                readerLeft(); // cancelled, timed out or completed by its owner
              }
            });
    if (isDone()) {
      complete(result);
    } else {
      var _ = task.ended().whenComplete((r, thrown) -> completeElsewhere(result));
    }
    return result;
  }

  /** What hangs on a future is user code. */
  private void completeElsewhere(CompletableFuture<GenerationResult> result) {
    Runnable completion =
        () -> {
          task.worker().refuseOwnThread("what hangs on a result");
          complete(result);
        };
    try {
      task.worker().executor().execute(completion);
    } catch (Throwable refused) {
      Thread.ofVirtual().start(completion);
    }
  }

  private void complete(CompletableFuture<GenerationResult> result) {
    switch (task.ended().state()) {
      case SUCCESS -> result.complete(task.ended().resultNow());
      default -> result.completeExceptionally(task.ended().exceptionNow());
    }
  }

  @Override
  public Flow.Publisher<Token> tokens() {
    return subscriber -> {
      if (subscriber == null) {
        throw new NullPointerException(
            "subscriber must not be null"); // the type Reactive Streams asks for
      }
      new TokenSubscription(this, subscriber).start();
    };
  }

  @Override
  public TokenIterator iterator() {
    return new BlockingTokenIterator(this);
  }

  @Override
  public void cancel() {
    task.stop(Stop.CANCELLED);
  }

  @Override
  public boolean isDone() {
    return task.ended().isDone();
  }

  @Override
  public void close() {
    cancel();
  }

  void readerCame() {
    readers.incrementAndGet();
  }

  void readerLeft() {
    if (readers.decrementAndGet() == 0) {
      cancel();
    }
  }

  /** What an interrupted reader throws. The interrupt stays set. */
  InferenceException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new InferenceException(
        "the thread was interrupted while it waited for tokens; this reader has left the"
            + " generation",
        RkllmException.NO_CODE,
        task.text(),
        cause);
  }
}
