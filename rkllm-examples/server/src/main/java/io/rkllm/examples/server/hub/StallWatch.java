package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream of which nothing comes for too long, so that its reader, which would wait for
 * ever, gets an exception. It watches on a virtual thread of its own until it is closed.
 */
final class StallWatch implements AutoCloseable {
  private final InputStream stream;
  private final long limit;
  private final Thread thread;
  private volatile long aliveAt = System.nanoTime();
  private volatile boolean stalled;

  StallWatch(InputStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit.toNanos();
    thread = Thread.startVirtualThread(this::watch);
  }

  /** Something came. */
  void alive() {
    aliveAt = System.nanoTime();
  }

  /** Whether the stream was closed from here. */
  boolean stalled() {
    return stalled;
  }

  private void watch() {
    try {
      while (true) {
        long left = aliveAt + limit - System.nanoTime();
        if (left <= 0) {
          stalled = true;
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
