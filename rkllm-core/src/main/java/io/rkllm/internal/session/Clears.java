package io.rkllm.internal.session;

/**
 * Counts the requests to clear a session. A turn that was requested before a clear keeps its
 * history, so a clear takes effect when the first turn after it starts. The very first turn starts
 * as if after a clear. Thread-safe.
 */
final class Clears {
  private int asked; // guarded by this, as is the next field
  private int done = -1;

  /** Returns the number of clears requested so far. A turn records it when it is created. */
  synchronized int asked() {
    return asked;
  }

  /** Requests a clear. */
  synchronized void ask() {
    asked++;
  }

  /**
   * Returns whether the cache must be cleared before a turn starts that recorded the given number.
   */
  synchronized boolean isDue(int asked) {
    return done < asked;
  }

  /** Notes that the clears up to the given number have been done. Called on the model's thread. */
  synchronized void done(int asked) {
    done = asked;
  }

  /** Returns whether a turn has ever started. */
  synchronized boolean anyDone() {
    return done >= 0;
  }

  /** Returns whether no clear is pending. */
  synchronized boolean allDone() {
    return done == asked;
  }
}
