package io.rkllm.internal.session;

/**
 * The clears of one session. A turn that was asked for before a clear keeps its history, so a clear
 * takes effect when the first turn after it begins. The first turn of all begins as after a clear.
 * Thread-safe.
 */
final class Clears {
  private int asked; // guarded by this, as the next
  private int done = -1;

  /** Returns how many clears were asked for so far. A turn remembers it from when it was made. */
  synchronized int asked() {
    return asked;
  }

  /** Asks for one more. */
  synchronized void ask() {
    asked++;
  }

  /** Returns whether one is to be done before a turn begins that was made after so many. */
  synchronized boolean isDue(int asked) {
    return done < asked;
  }

  /** So many are done; on the model's thread. */
  synchronized void done(int asked) {
    done = asked;
  }

  /** Returns whether a turn has ever begun. */
  synchronized boolean anyDone() {
    return done >= 0;
  }

  /** Returns whether none is to be done. */
  synchronized boolean allDone() {
    return done == asked;
  }
}
