package io.rkllm.examples.server.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The answers, and other work, that clients wait for. Those whose client has gone are cancelled,
 * also while nothing is sent: the server has no other way to notice it then. When the server stops,
 * the rest is.
 *
 * <p>Thread-safe.
 */
final class AnswersUnderWay implements AutoCloseable {
  /** How long clients may take to be told that their answer was cut off. */
  private static final Duration TO_TELL_CLIENTS = Duration.ofSeconds(5);

  private final Map<Entry, Boolean> entries = new ConcurrentHashMap<>();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rkllm-clients").factory());
  private volatile boolean stopping;

  AnswersUnderWay(Duration interval) {
    var _ =
        watch.scheduleWithFixedDelay(
            this::cancelThoseWithoutClient,
            interval.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** One of them, until it is closed. */
  static final class Entry implements AutoCloseable {
    private final InetSocketAddress server;
    private final InetSocketAddress client;
    private final Runnable cancel;
    private final AnswersUnderWay owner;
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Entry(
        InetSocketAddress server,
        InetSocketAddress client,
        Runnable cancel,
        AnswersUnderWay owner) {
      this.server = server;
      this.client = client;
      this.cancel = cancel;
      this.owner = owner;
    }

    private void stop() {
      stopped.set(true);
      cancel.run();
    }

    /**
     * To be asked while waiting: native code may take long to come back from an answer that was
     * cancelled, and nobody should wait for it.
     *
     * @throws RequestException if the answer was cancelled, because the client has gone or the
     *     server stops
     */
    void refuseIfStopped() {
      if (stopped.get()) {
        throw RequestException.busy("the server is stopping; the answer was cut off");
      }
    }

    @Override
    public void close() {
      owner.entries.remove(this);
    }
  }

  /**
   * One for a client at this address, over a connection to that one of ours.
   *
   * @param cancel ends it soon; called from another thread, and must not block
   */
  Entry add(InetSocketAddress server, InetSocketAddress client, Runnable cancel) {
    Entry entry = new Entry(server, client, cancel, this);
    entries.put(entry, true);
    if (stopping) {
      entry.stop();
    }
    return entry;
  }

  /** How many there are. */
  int size() {
    return entries.size();
  }

  private void cancelThoseWithoutClient() {
    if (entries.isEmpty()) {
      return;
    }
    Set<Entry> before = Set.copyOf(entries.keySet()); // what comes later may not be in the table
    Optional<Set<Connections.Peers>> open = Connections.established();
    for (Entry entry : before) {
      if (open.isPresent()
          && !open.get().contains(new Connections.Peers(entry.server, entry.client))) {
        entry.stop();
      }
    }
  }

  /** Lets answers go on for so long and cancels the rest. Blocks until all have ended. */
  void finish(Duration grace) throws InterruptedException {
    waitUntilEmpty(grace);
    stopping = true;
    entries.keySet().forEach(Entry::stop);
    waitUntilEmpty(TO_TELL_CLIENTS);
  }

  private void waitUntilEmpty(Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    while (!entries.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
