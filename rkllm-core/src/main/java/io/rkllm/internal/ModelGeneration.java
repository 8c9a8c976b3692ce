package io.rkllm.internal;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmException;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The readers' side of a generation. When the last of them leaves before the end, it is cancelled.
 */
final class ModelGeneration implements Generation {
  private final Answer answer;
  private final AtomicInteger readers =
      new AtomicInteger(); // those who wait for text or result included

  ModelGeneration(Answer answer) {
    this.answer = answer;
  }

  Answer answer() {
    return answer;
  }

  @Override
  public GenerationResult await() {
    if (!isDone()) {
      answer.worker().refuseOwnThread("a blocking read");
    }
    readerCame();
    try {
      return answer.ended().get();
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
      var _ = answer.ended().whenComplete((r, thrown) -> completeElsewhere(result));
    }
    return result;
  }

  /** What hangs on a future is user code. */
  private void completeElsewhere(CompletableFuture<GenerationResult> result) {
    Runnable completion =
        () -> {
          answer.worker().refuseOwnThread("what hangs on a result");
          complete(result);
        };
    try {
      answer.worker().executor().execute(completion);
    } catch (Throwable refused) {
      Thread.ofVirtual().start(completion);
    }
  }

  private void complete(CompletableFuture<GenerationResult> result) {
    switch (answer.ended().state()) {
      case SUCCESS -> result.complete(answer.ended().resultNow());
      default -> result.completeExceptionally(answer.ended().exceptionNow());
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
    answer.stop(Stop.CANCELLED);
  }

  @Override
  public boolean isDone() {
    return answer.ended().isDone();
  }

  @Override
  public Optional<PausedGeneration> pause() {
    if (!isDone()) {
      answer.worker().refuseOwnThread("pause()");
    }
    answer.run().pause();
    try {
      await();
    } catch (RuntimeException thrown) {
      answer.run().withdrawPause();
      throw thrown;
    }
    return Optional.ofNullable(answer.run().paused());
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
        answer.text(),
        cause);
  }
}
