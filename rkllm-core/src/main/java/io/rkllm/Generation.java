package io.rkllm;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * One answer of a model, on its way or complete. It runs from {@code generate()} on, whether
 * anybody reads it or not, and keeps all its tokens: any number of readers may come, at any time,
 * each sees every token from the first on, and a slow one holds up neither the others nor the NPU.
 *
 * <p>It can be read in four ways, which may be mixed:
 *
 * <pre>{@code
 * String text = generation.text();                                  // block for the whole
 * for (Token token : generation) System.out.print(token.text());    // block for each token
 * generation.tokens().subscribe(subscriber);                        // Flow, with backpressure
 * generation.result().thenAccept(r -> log.info("{}", r.stats()));   // a future
 * }</pre>
 *
 * <p>It ends early by {@link #cancel} or {@link #close}, by its timeout, when the model is closed,
 * and when its last reader leaves while nobody waits for its text or result. Cancelling is a way to
 * finish, not a failure. A generation that has ended needs no close.
 *
 * <p>A {@code break} out of a for loop is not leaving, since Java tells the loop's iterator
 * nothing: put the generation into try-with-resources where you may stop before the end. One that
 * is read to its end needs no close.
 *
 * <p>A generation that the application no longer holds on to, that nobody reads, and whose result
 * nobody asked for is cancelled, with a warning in the log, at the first token after the garbage
 * collector has found it. Do not rely on that to stop one; to have one run to its end unread, call
 * {@link #result}.
 *
 * <p>Thread-safe. Applications do not implement it; methods may be added.
 */
public interface Generation extends Iterable<Token>, AutoCloseable {

  /**
   * Blocks until the end and gives the whole text; as far as it got if the generation was
   * cancelled.
   *
   * @throws InferenceException as {@link #await}
   * @throws ModelClosedException if the model was closed before the answer had ended
   */
  default String text() {
    GenerationResult result = await();
    if (result.finishReason() == FinishReason.MODEL_CLOSED) {
      throw new ModelClosedException(
          "the model was closed before the answer had ended", result.text());
    }
    return result.text();
  }

  /**
   * Blocks until the end and gives the result: text, reason and statistics. If the model was closed
   * before the answer had ended, the reason is {@link FinishReason#MODEL_CLOSED}.
   *
   * @throws InferenceException if the generation failed, or if the thread is interrupted meanwhile;
   *     an interrupted reader has left the generation
   * @throws IllegalStateException if called on the model's own thread, on which no token could come
   *     meanwhile
   */
  GenerationResult await();

  /**
   * The result, as a future of the caller's own that is completed on the model's executor. It
   * completes exceptionally with {@link InferenceException} if the generation failed. Cancelling it
   * is leaving the generation.
   *
   * <p>Cancelling a future that was derived from it, such as by {@code thenApply}, does not reach
   * it, as with every {@link CompletableFuture}. Where that should stop the generation, pass it on:
   *
   * <pre>{@code
   * CompletableFuture<String> text = generation.result().thenApply(GenerationResult::text);
   * text.whenComplete((_, _) -> generation.cancel()); // harmless after the end
   * }</pre>
   */
  CompletableFuture<GenerationResult> result();

  /**
   * The tokens as a stream with backpressure, from the first on for each subscriber. Subscribers
   * are called on the model's executor. A subscriber that throws is detached. One whose model is
   * closed before the answer has ended gets the tokens so far, and then {@link
   * ModelClosedException} by {@code onError}.
   */
  Flow.Publisher<Token> tokens();

  /** Reads the tokens on the calling thread, from the first on; blocks where there is none yet. */
  @Override
  TokenIterator iterator();

  /**
   * Stops the generation, if it has not ended; it then finishes as {@link FinishReason#CANCELLED}.
   * Does not block.
   */
  void cancel();

  /**
   * Pauses the generation after the token it is at, or after its first; where that ends inside a
   * character or in what may become a stop sequence, after the token that decides it. It then
   * finishes as {@link FinishReason#PAUSED}, and what this gives goes on from there. Blocks until
   * it has paused or ended. The callback of the runtime returns 1.
   *
   * @return empty if it ended before it could pause
   * @throws InferenceException as {@link #await}
   * @throws IllegalStateException if it is a turn of a session or a generation of a batch, which
   *     the runtime cannot pause
   */
  Optional<PausedGeneration> pause();

  /** Whether it has ended. */
  boolean isDone();

  /** The same as {@link #cancel}, for try-with-resources. */
  @Override
  void close();
}
