package io.rkllm.tools;

import org.jspecify.annotations.Nullable;

/** Stops the current action, and any that starts later. Thread-safe. */
final class Stopper {
  private boolean stopped;
  private @Nullable Runnable underWay;

  /**
   * Sets the action that {@link #stop} performs, replacing any earlier one. If {@code stop} has
   * already been called, performs it at once. The action must not block.
   */
  void set(Runnable stop) {
    boolean now;
    synchronized (this) {
      underWay = stop;
      now = stopped;
    }
    if (now) {
      stop.run();
    }
  }

  /** Stops the current operation. Harmless when called again. */
  void stop() {
    Runnable stop;
    synchronized (this) {
      stopped = true;
      stop = underWay;
    }
    if (stop != null) {
      stop.run();
    }
  }

  synchronized boolean isStopped() {
    return stopped;
  }
}
