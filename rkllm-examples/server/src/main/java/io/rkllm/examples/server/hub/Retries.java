package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.time.Duration;

/** How often something failed in a row, and what to do about it. Used by one thread. */
final class Retries {
  private final HubPatience patience;
  private int failures;

  Retries(HubPatience patience) {
    this.patience = patience;
  }

  /** Something came. */
  void succeeded() {
    failures = 0;
  }

  /**
   * Waits until it makes sense to try again.
   *
   * @throws PullException if it does not any more
   */
  void pauseAfter(IOException fault, String what) throws InterruptedException {
    failures++;
    String words = what + ": " + fault.getMessage();
    Duration pause = patience.pauseAfter(failures);
    if (fault instanceof TransientFault hint && hint.retryAfter() != null) {
      pause = hint.retryAfter();
      if (pause.compareTo(patience.longestAskedPause()) > 0) {
        throw new PullException(
            words
                + ", and asks to come back in "
                + pause.toMinutes()
                + " minutes; pull again then");
      }
    }
    if (failures > patience.attempts()) {
      throw new PullException(
          words
              + ". It was tried "
              + failures
              + " times; what came so far is kept, and pulling again goes on from there");
    }
    Thread.sleep(pause);
  }
}
