package io.rkllm.internal.thread;

import io.rkllm.internal.callback.UserCallback;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one model: its own, which makes all native calls except for the abort, and two
 * others that exist only while they are needed.
 */
public final class ModelThreads {
  private final OnDemandThread watcher;
  private final OnDemandThread aborter;
  private volatile @Nullable Thread model;
  private volatile @Nullable Thread callbacks; // of the last run
  private volatile boolean closed;

  public ModelThreads(String modelName) {
    this.watcher = new OnDemandThread("rkllm-watch-" + modelName);
    this.aborter = new OnDemandThread("rkllm-abort-" + modelName);
  }

  /** Returns the thread that handles timeouts and wakes readers if there are several. */
  public OnDemandThread watcher() {
    return watcher;
  }

  /**
   * Returns the thread that only makes aborts. Native code may block an abort, and nothing else
   * must wait for it.
   */
  public OnDemandThread aborter() {
    return aborter;
  }

  /**
   * Runs a task once the garbage collector finds that an object was dropped, on a thread that all
   * models share. The object is watched until the model is closed.
   *
   * @param whenDropped must neither refer to the object nor block
   */
  public void watchDropped(Object object, Runnable whenDropped) {
    DroppedObjects.watch(this, object, whenDropped);
    if (closed) {
      DroppedObjects.forget(this);
    }
  }

  /** Ends both threads after their pending tasks, and stops watching objects. */
  public void close() {
    closed = true;
    DroppedObjects.forget(this);
    watcher.close();
    aborter.close();
  }

  /** Sets the model's own thread, before it starts. */
  public void setModelThread(Thread thread) {
    model = thread;
  }

  /**
   * Notes that native code calls back on the current thread, which may be a thread of the native
   * library.
   */
  public void markCallbackThread() {
    callbacks = Thread.currentThread();
  }

  /**
   * Rejects waiting for the model, or running user code, on one of these threads.
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
          "the model's own thread was asked to run "
              + what
              + ", which would block the model. Use another thread.");
    }
  }
}
