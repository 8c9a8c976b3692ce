package io.rkllm.tools;

import io.rkllm.ModelClosedException;
import io.rkllm.tools.event.ToolSessionEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A question to a {@link ToolSession} on its way: the answers of the model, and the tool calls
 * between them. It is read like a {@link io.rkllm.Generation}: it runs from {@code generate()} on,
 * whether anybody reads it or not, and keeps all its events; any number of readers may come, at any
 * time, each sees every event from the first on, and a slow one holds up nobody.
 *
 * <pre>{@code
 * String answer = generation.text();                              // block for the last answer
 * for (ToolSessionEvent event : generation) switch (event) { … }  // block for each event
 * generation.events().subscribe(subscriber);                      // Flow, with backpressure
 * generation.result().thenAccept(r -> …);                         // a future
 * }</pre>
 *
 * <p>The events of each answer come as the model writes it and end with {@link
 * io.rkllm.tools.event.ChatEvent.Finished}; those of its tool calls follow, as the tools return.
 *
 * <p>It ends early by {@link #cancel} or {@link #close}, when the session is closed, and when its
 * last reader leaves while nobody waits for its text or result. Cancelling is a way to finish, not
 * a failure. From then on no tool begins to run, and those that run are interrupted and not waited
 * for; what a tool has done is done. One that has ended needs no close.
 *
 * <p>Thread-safe. Applications do not implement it; methods may be added.
 */
public interface ToolGeneration extends Iterable<ToolSessionEvent>, AutoCloseable {

  /**
   * Blocks until the end and gives the model's last answer, without thinking and tool calls. It may
   * be empty or cut short: {@link #await} says by its finish reason whether the question was
   * answered.
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
   * Blocks until the end and gives the result.
   *
   * @throws io.rkllm.RkllmException if it failed, which is not when a tool does but when the model
   *     or the runtime does, or if the thread is interrupted meanwhile; an interrupted reader has
   *     left
   */
  ToolGenerationResult await();

  /**
   * The result, as a future of the caller's own that is completed on a virtual thread. It completes
   * exceptionally with {@link io.rkllm.RkllmException} if the generation failed. Cancelling it is
   * leaving the generation.
   */
  CompletableFuture<ToolGenerationResult> result();

  /**
   * The events as a stream with backpressure, from the first on for each subscriber. Subscribers
   * are called on virtual threads. One that throws is detached. If the model is closed during an
   * answer, they get the events so far and then {@link ModelClosedException} by {@code onError}.
   */
  Flow.Publisher<ToolSessionEvent> events();

  /**
   * Reads the events on the calling thread, from the first on; blocks where there is none yet. If
   * the model is closed during an answer, {@link ModelClosedException} is thrown after the last
   * event.
   */
  @Override
  ToolEventIterator iterator();

  /**
   * Stops it, if it has not ended; it then finishes as {@link ToolFinishReason#CANCELLED}. Does not
   * block.
   */
  void cancel();

  /** Returns whether the generation has ended. */
  boolean isDone();

  /** The same as {@link #cancel}, for try-with-resources. */
  @Override
  void close();
}
