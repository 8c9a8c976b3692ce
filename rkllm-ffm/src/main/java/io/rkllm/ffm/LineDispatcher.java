package io.rkllm.ffm;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Hands lines to a consumer on a thread of its own, so that one that blocks does not block the
 * thread that brings them. A consumer that is slow is waited for; while it takes nothing at all for
 * a second, what does not fit into the buffer is dropped and counted.
 */
final class LineDispatcher {
  private static final int CAPACITY = 256;
  private static final long OFFER_TIMEOUT_NANOS = 1_000_000_000;
  private static final String END = new String("end"); // told from a line by its identity

  private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(CAPACITY);
  private final Consumer<String> consumer;
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private boolean stuck; // used by the thread that brings lines

  /**
   * @param consumer gets each line, on the thread of the hand-over; must not throw
   */
  LineDispatcher(String threadName, Consumer<String> consumer) {
    this.consumer = consumer;
    thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::takeAll);
  }

  /** Starts the thread. */
  void start() {
    thread.start();
  }

  /** Brings a line. Blocks for a second at most. Called by one thread. */
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

  /** Returns how many lines were dropped since the last call. */
  long takeDropped() {
    return dropped.getAndSet(0);
  }

  /**
   * Ends the thread when all that was brought has been taken. Blocks until then, however long the
   * consumer does. Does nothing if the thread was not started or has ended.
   */
  void end() throws InterruptedException {
    if (thread.isAlive()) {
      lines.put(END);
      thread.join();
    }
  }

  /** As {@link #end()}, but blocks for at most this long. */
  void end(Duration timeout) throws InterruptedException {
    long begin = System.nanoTime();
    if (thread.isAlive() && lines.offer(END, timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      boolean _ = thread.join(timeout.minusNanos(System.nanoTime() - begin));
    }
  }

  @SuppressWarnings({"ReferenceEquality", "StringEquality"}) // no line is taken for the end
  private void takeAll() {
    while (true) {
      try {
        String line = lines.take();
        if (line == END) {
          return;
        }
        consumer.accept(line);
      } catch (InterruptedException e) {
        // nobody may interrupt it but a logger by mistake; it goes on
      }
    }
  }
}
