package io.rkllm;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * One answer of a model, complete or still in progress. A generation starts with {@code
 * generate()}, whether or not it is read, and keeps all of its tokens. Any number of readers may
 * join at any time; each sees every token from the first one on, and a slow reader delays neither
 * the other readers nor the NPU.
 *
 * <p>There are four ways to read a generation, and they can be mixed:
 *
 * <pre>{@code
 * String text = generation.text();                                  // block for the whole text
 * for (Token token : generation) System.out.print(token.text());    // block for each token
 * generation.tokens().subscribe(subscriber);                        // Flow, with backpressure
 * generation.result().thenAccept(r -> log.info("{}", r.stats()));   // a future
 * }</pre>
 *
 * <p>A generation ends early when {@link #cancel} or {@link #close} is called, when its timeout
 * expires, when the model is closed, and when its last reader leaves while no caller waits for its
 * text or result. Cancellation is a normal way to end, not a failure. A generation that has ended
 * need not be closed.
 *
 * <p>Breaking out of a for loop does not detach the reader, because Java does not notify the loop's
 * iterator. Use try-with-resources where reading may stop before the end.
 *
 * <p>A generation is also cancelled, with a warning in the log, if the application no longer
 * references it, it has no readers, and its result was never requested. This happens at the first
 * token after the garbage collector has found it unreachable; do not rely on it to stop a
 * generation. To run a generation to its end without reading it, call {@link #result}.
 *
 * <p>Thread-safe. Applications do not implement this interface; methods may be added.
 */
public interface Generation extends Iterable<Token>, AutoCloseable {

  /**
   * Returns the whole text, blocking until the generation has ended. If the generation was
   * cancelled, returns the text generated so far.
   *
   * @throws InferenceException as {@link #await}
   * @throws ModelClosedException if the model was closed before the answer was complete
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
   * Returns the result, blocking until the generation has ended. If the model was closed before the
   * answer was complete, the finish reason is {@link FinishReason#MODEL_CLOSED}.
   *
   * @throws InferenceException if the generation failed, or if the thread is interrupted while
   *     waiting; an interrupted reader no longer counts as a reader
   * @throws IllegalStateException if called on the model's own thread, where waiting would never
   *     end
   */
  GenerationResult await();

  /**
   * Returns a new future of the result, which is completed on the model's executor. It completes
   * exceptionally with {@link InferenceException} if the generation fails. Cancelling the future
   * detaches this reader from the generation.
   *
   * <p>As with every {@link CompletableFuture}, canceling a future that was derived from it, for
   * example by {@code thenApply}, does not cancel the future itself. To stop the generation in that
   * case, cancel it explicitly:
   *
   * <pre>{@code
   * CompletableFuture<String> text = generation.result().thenApply(GenerationResult::text);
   * text.whenComplete((_, _) -> generation.cancel()); // has no effect after the end
   * }</pre>
   */
  CompletableFuture<GenerationResult> result();

  /**
   * Returns the tokens as a stream with backpressure. Each subscriber receives all tokens from the
   * first one on, and is called on the model's executor. A subscriber that throws is detached. If
   * the model is closed before the answer is complete, subscribers receive the tokens so far and
   * then {@link ModelClosedException} through {@code onError}.
   */
  Flow.Publisher<Token> tokens();

  /**
   * Returns an iterator over the tokens, from the first one on. It blocks until the next token is
   * available.
   */
  @Override
  TokenIterator iterator();

  /**
   * Stops the generation if it has not ended; it then finishes as {@link FinishReason#CANCELLED}.
   * Does not block.
   */
  void cancel();

  /**
   * Pauses the generation after the current token, or after its first. If that token ends inside a
   * character, or inside text that may become a stop sequence, the generation pauses after the
   * token that completes or rules it out. It then finishes as {@link FinishReason#PAUSED}, and the
   * returned object can resume it. Blocks until the generation has paused or ended. Implemented by
   * a return value of 1 from the runtime's callback.
   *
   * @return the paused generation, or empty if the generation ended before it could pause
   * @throws InferenceException as {@link #await}
   * @throws IllegalStateException if this is a turn of a session or a generation of a batch,
   *     neither of which the runtime can pause
   */
  Optional<PausedGeneration> pause();

  /** Returns whether the generation has ended. */
  boolean isDone();

  /** Cancels the generation, as {@link #cancel} does; for try-with-resources. */
  @Override
  void close();
}
