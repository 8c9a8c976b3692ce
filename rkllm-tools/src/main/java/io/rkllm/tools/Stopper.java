package io.rkllm.tools;

import org.jspecify.annotations.Nullable;

/** Stops whatever is under way, also what begins later. Thread-safe. */
final class Stopper {
  private boolean stopped;
  private @Nullable Runnable underWay;

  /** What {@link #stop} does from now on; done at once if it was called before. Must not block. */
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

  /** Stops what is under way. Harmless when called again. */
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
