package io.rkllm.internal.thread;

import io.rkllm.internal.callback.UserCallback;
import org.jspecify.annotations.Nullable;

/**
 * The threads that work for one model: its own, on which all native calls but the abort are made,
 * and two that exist only while they are needed.
 */
public final class ModelThreads {
  private final OnDemandThread watcher;
  private final OnDemandThread aborter;
  private volatile @Nullable Thread model;
  private volatile @Nullable Thread callbacks; // of the last run

  public ModelThreads(String modelName) {
    this.watcher = new OnDemandThread("rkllm-watch-" + modelName);
    this.aborter = new OnDemandThread("rkllm-abort-" + modelName);
  }

  /** Returns the thread for timeouts and for waking several readers. */
  public OnDemandThread watcher() {
    return watcher;
  }

  /**
   * Returns the thread for aborts alone: native code may hold an abort back, and nothing else must
   * wait for it.
   */
  public OnDemandThread aborter() {
    return aborter;
  }

  /** Ends both threads when they have done what they were given. */
  public void close() {
    watcher.close();
    aborter.close();
  }

  /** Sets the model's own thread, before it starts. */
  public void setModelThread(Thread thread) {
    model = thread;
  }

  /** Notes that native code calls back on the current thread, which may be one of its own. */
  public void markCallbackThread() {
    callbacks = Thread.currentThread();
  }

  /**
   * Refuses to let one of these threads wait for the model or run user code.
   *
   * @throws IllegalStateException if the current thread is one of them, or runs a function that
   *     native code waits for
   */
  public void refuseOwnThread(String what) {
    UserCallback.refuseInside(what);
    Thread current = Thread.currentThread();
    if (current.equals(model)
        || current.equals(callbacks)
        || watcher.isCurrent()
        || aborter.isCurrent()) {
      throw new IllegalStateException(
          "the model's own thread was about to run "
              + what
              + "; no token could come meanwhile. Use another thread.");
    }
  }
}
