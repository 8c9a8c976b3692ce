package io.rkllm.internal.queue;

/** Something for the model's thread to do. */
public interface Job extends Runnable {
  /**
   * The model is being closed: a job that waits must not begin any more, and whoever waits for it
   * is told. Called on any thread, perhaps several times; must not wait for native code or user
   * code.
   */
  void onModelClose();
}
