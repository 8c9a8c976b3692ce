package io.rkllm.internal.queue;

/** A job of the model's thread. */
public interface Job extends Runnable {
  /**
   * Called when the model is being closed. A waiting job must not start any more, and its waiters
   * must be notified. Called on any thread, possibly several times; must not wait for native code
   * or user code.
   */
  void onModelClose();
}
