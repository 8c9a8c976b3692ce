package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream from which nothing was read for too long, so that its reader fails instead of
 * blocking forever. It watches the stream on a virtual thread of its own until it is closed.
 */
final class StallTimeout implements AutoCloseable {
  private final InputStream stream;
  private final long limit;
  private final Thread thread;
  private volatile long resetAt = System.nanoTime();
  private volatile boolean expired;

  StallTimeout(InputStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit.toNanos();
    thread = Thread.startVirtualThread(this::watch);
  }

  /** Restarts the timeout. */
  void reset() {
    resetAt = System.nanoTime();
  }

  /** Returns whether the timeout has expired. */
  boolean expired() {
    return expired;
  }

  private void watch() {
    try {
      while (true) {
        long left = resetAt + limit - System.nanoTime();
        if (left <= 0) {
          expired = true;
          stream.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException | IOException e) {
      // the stream is no longer read
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
