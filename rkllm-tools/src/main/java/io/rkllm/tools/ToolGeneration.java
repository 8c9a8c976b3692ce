package io.rkllm.tools;

import io.rkllm.ModelClosedException;
import io.rkllm.tools.event.ToolSessionEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * One question to a {@link ToolSession}, complete or still in progress: the answers of the model
 * and the tool calls between them. It is read like a {@link io.rkllm.Generation}: it starts with
 * {@code generate()}, whether or not it is read, and keeps all of its events. Any number of readers
 * may join at any time; each sees every event from the first one on, and a slow reader does not
 * delay the others.
 *
 * <pre>{@code
 * String answer = generation.text();                              // block for the last answer
 * for (ToolSessionEvent event : generation) switch (event) { … }  // block for each event
 * generation.events().subscribe(subscriber);                      // Flow, with backpressure
 * generation.result().thenAccept(r -> …);                         // a future
 * }</pre>
 *
 * <p>The events of each answer are published while the model generates it and end with {@link
 * io.rkllm.tools.event.ChatEvent.Finished}; the events of its tool calls follow as the tools
 * return.
 *
 * <p>A generation ends early when {@link #cancel} or {@link #close} is called, when the session is
 * closed, and when its last reader leaves while no caller waits for its text or result.
 * Cancellation is a normal way to end, not a failure. After that no further tool starts, and
 * running tools are interrupted without waiting for them; the effects of a tool are not undone. A
 * generation that has ended need not be closed.
 *
 * <p>Thread-safe. Applications do not implement this interface; methods may be added.
 */
public interface ToolGeneration extends Iterable<ToolSessionEvent>, AutoCloseable {

  /**
   * Returns the model's last answer, without thinking and tool calls, blocking until the generation
   * has ended. The text may be empty or partial; the finish reason returned by {@link #await} shows
   * whether the question was answered.
   *
   * @throws io.rkllm.RkllmException as {@link #await}
   * @throws ModelClosedException if the model was closed during an answer
   */
  default String text() {
    ToolGenerationResult result = await();
    if (result.finishReason() == ToolFinishReason.MODEL_CLOSED) {
      throw ToolRun.modelClosed(result);
    }
    return result.text();
  }

  /**
   * Returns the result, blocking until the generation has ended.
   *
   * @throws io.rkllm.RkllmException if the model or the runtime failed (a failing tool does not
   *     fail the generation), or if the thread is interrupted while waiting; an interrupted reader
   *     no longer counts as a reader
   */
  ToolGenerationResult await();

  /**
   * Returns a new future of the result, which is completed on a virtual thread. It completes
   * exceptionally with {@link io.rkllm.RkllmException} if the generation fails. Cancelling the
   * future detaches this reader from the generation.
   */
  CompletableFuture<ToolGenerationResult> result();

  /**
   * Returns the events as a stream with backpressure. Each subscriber receives all events from the
   * first one on, and is called on a virtual thread. A subscriber that throws is detached. If the
   * model is closed during an answer, subscribers receive the events so far and then {@link
   * ModelClosedException} through {@code onError}.
   */
  Flow.Publisher<ToolSessionEvent> events();

  /**
   * Returns an iterator over the events, from the first one on. It blocks until the next event is
   * available. If the model is closed during an answer, it throws {@link ModelClosedException}
   * after the last event.
   */
  @Override
  ToolEventIterator iterator();

  /**
   * Stops the generation if it has not ended; it then finishes as {@link
   * ToolFinishReason#CANCELLED}. Does not block.
   */
  void cancel();

  /** Returns whether the generation has ended. */
  boolean isDone();

  /** Cancels the generation, as {@link #cancel} does; for try-with-resources. */
  @Override
  void close();
}
