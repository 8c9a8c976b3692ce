package io.rkllm.event;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.runtime.RuntimeInfo;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Receives the events of a model, for metrics and logging. The methods are called one at a time, on
 * a separate thread, shortly after the event. A method that takes long delays only later events.
 * While it runs, up to 1024 events are queued; further ones are dropped, with a warning when the
 * first is dropped and another, with their number, when the method has returned. Exceptions thrown
 * by the methods are logged and otherwise ignored. The thread is a daemon, so the last events may
 * be lost if the JVM ends right after the model was closed. By default the methods do nothing.
 *
 * <p>Only {@link #forRun} is called on the application's threads.
 */
public interface ModelListener {

  /** Called when the model has been loaded. */
  default void onLoad(Path model, RuntimeInfo runtime, Duration loadTime) {}

  /**
   * Returns the listener that receives the events of a run; by default, this listener. Called on
   * the thread that requests the run, or resumes one after a pause, before the run is queued. A
   * listener can thus keep what belongs to that thread, such as the context of a trace. It delays
   * the caller, so it must return quickly. If it throws, the events go to this listener. No event
   * follows if the queue is full.
   *
   * @param kind the output that the run computes
   */
  default ModelListener forRun(RunKind kind) {
    return this;
  }

  /**
   * Called when the model starts a run.
   *
   * @param run the number of the run, counted from 1 for each model
   * @param queueTime the time that the run waited in the queue
   */
  default void onStart(long run, Duration queueTime) {}

  /**
   * Called when a generation has ended: normally, at its limit, or because it was cancelled or
   * paused. Called once for each input of a batch. The result of a forward pass has an empty text.
   */
  default void onEnd(long run, GenerationResult result) {}

  /** Called when a generation has failed. */
  default void onFailure(long run, InferenceException failure) {}

  /** Called when the model has been closed. */
  default void onClose() {}
}
