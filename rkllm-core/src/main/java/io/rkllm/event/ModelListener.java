package io.rkllm.event;

import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.runtime.RuntimeInfo;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Hears of what a model does, for metrics and logs. Its methods are called one after the other on a
 * thread of their own, shortly after the fact; one that takes long delays only the next. Up to 1024
 * events wait for one that does not return; those that come then are dropped, with a warning that
 * says so and another, once the method has returned, that says how many. What the methods throw is
 * logged and otherwise ignored. The thread is a daemon: the last events may be lost if the JVM ends
 * right after the model was closed. All methods do nothing unless overridden.
 */
public interface ModelListener {

  /** The model is loaded. */
  default void onLoad(Path model, RuntimeInfo runtime, Duration loadTime) {}

  /**
   * The model begins with a run.
   *
   * @param run its number, from 1 for each model
   * @param queueTime how long it waited
   */
  default void onStart(long run, Duration queueTime) {}

  /**
   * A generation has ended: at its end, by its limit, cancelled or paused. A batch ends as often as
   * it has inputs; forward passes end with an empty text.
   */
  default void onEnd(long run, GenerationResult result) {}

  /** A generation has failed. */
  default void onFailure(long run, InferenceException failure) {}

  /** The model is closed. */
  default void onClose() {}
}
