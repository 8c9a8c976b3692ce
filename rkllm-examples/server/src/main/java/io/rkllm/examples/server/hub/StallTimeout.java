package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream of which nothing comes for too long, so that its reader, which would wait for
 * ever, gets an exception. It watches on a virtual thread of its own until it is closed.
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

  /** Something came. */
  void reset() {
    resetAt = System.nanoTime();
  }

  /** Whether the stream was closed from here. */
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
      // nobody reads any more
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
