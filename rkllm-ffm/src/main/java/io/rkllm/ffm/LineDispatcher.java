package io.rkllm.ffm;

import io.rkllm.spi.SharedThreads;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Passes lines to a consumer on a separate thread, so that a blocking consumer does not block the
 * thread that supplies them. Waits for a slow consumer. If the consumer takes nothing for a second,
 * lines that do not fit into the buffer are dropped and counted.
 */
final class LineDispatcher {
  private static final int CAPACITY = 256;
  private static final long OFFER_TIMEOUT_NANOS = 1_000_000_000;
  private static final String END =
      new String("end"); // compared by identity, to distinguish it from a line

  private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(CAPACITY);
  private final Consumer<String> consumer;
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private boolean stuck; // used by the thread that supplies lines

  /**
   * @param consumer receives each line on the dispatcher's thread; must not throw
   */
  LineDispatcher(String threadName, Consumer<String> consumer) {
    this.consumer = consumer;
    thread = SharedThreads.create(threadName, this::takeAll);
  }

  /** Starts the thread. */
  void start() {
    thread.start();
  }

  /** Adds a line. Blocks for at most a second. Called by one thread. */
  void offer(String line) {
    if (lines.offer(line) || (!stuck && offerWithTimeout(line))) {
      stuck = false;
    } else {
      stuck = true;
      dropped.incrementAndGet();
    }
  }

  private boolean offerWithTimeout(String line) {
    try {
      return lines.offer(line, OFFER_TIMEOUT_NANOS, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Returns the number of lines dropped since the last call. */
  long takeDropped() {
    return dropped.getAndSet(0);
  }

  /**
   * Ends the thread after all lines have been consumed, blocking until then. Has no effect if the
   * thread was not started or has ended.
   */
  void end() throws InterruptedException {
    if (thread.isAlive()) {
      lines.put(END);
      thread.join();
    }
  }

  /** Ends the thread as {@link #end()} does, but blocks for at most the given time. */
  void end(Duration timeout) throws InterruptedException {
    long begin = System.nanoTime();
    if (thread.isAlive() && lines.offer(END, timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      boolean _ = thread.join(timeout.minusNanos(System.nanoTime() - begin));
    }
  }

  @SuppressWarnings({
    "ReferenceEquality",
    "StringEquality"
  }) // so that no line is mistaken for the end
  private void takeAll() {
    while (true) {
      try {
        String line = lines.take();
        if (line == END) {
          return;
        }
        consumer.accept(line);
      } catch (InterruptedException e) {
        // Only a misbehaving logger can interrupt this thread, which continues.
      }
    }
  }
}
