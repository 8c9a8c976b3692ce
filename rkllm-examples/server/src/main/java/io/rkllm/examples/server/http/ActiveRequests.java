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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers, and other work, that clients wait for. Those whose client has gone are cancelled,
 * also while nothing is sent: the server has no other way to notice it then. When the server stops,
 * the rest is.
 *
 * <p>Thread-safe.
 */
final class ActiveRequests implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveRequests.class);

  /** How long clients may take to be told that their answer was cut off. */
  private static final Duration TO_TELL_CLIENTS = Duration.ofSeconds(5);

  private final Map<Entry, Boolean> entries = new ConcurrentHashMap<>();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rkllm-clients").factory());
  private volatile boolean stopping;

  ActiveRequests(Duration interval) {
    var _ =
        watch.scheduleWithFixedDelay(
            this::cancelThoseWithoutClient,
            interval.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** One of them, until it is closed. */
  static final class Entry implements AutoCloseable {
    private final Connections.Peers connection;
    private Runnable cancel; // guarded by this
    private final ActiveRequests owner;
    private @Nullable RequestException stopped; // guarded by this
    private boolean closed; // guarded by this

    private Entry(Connections.Peers connection, Runnable cancel, ActiveRequests owner) {
      this.connection = connection;
      this.cancel = cancel;
      this.owner = owner;
    }

    /** Not once it is closed: the thread that is to be interrupted may do something else then. */
    private synchronized void stop(RequestException reason) {
      if (!closed && stopped == null) {
        stopped = reason;
        try {
          cancel.run();
        } catch (Throwable thrown) { // which must end neither the watch nor the stop of the others
          LOG.error("an answer could not be cancelled", thrown);
        }
      }
    }

    /**
     * From now on it is cancelled in another way.
     *
     * @throws RequestException if it was cancelled already, in the way before
     */
    synchronized void cancelBy(Runnable another) {
      throwIfStopped();
      cancel = another;
    }

    /**
     * To be asked while waiting: native code may take long to come back from an answer that was
     * cancelled, and nobody should wait for it.
     *
     * @throws RequestException if the answer was cancelled, because the client has gone or the
     *     server stops
     */
    synchronized void throwIfStopped() {
      if (stopped != null) {
        throw stopped;
      }
    }

    /** Returns what the client is told of an exception: why its request was stopped, if it was. */
    synchronized RequestException explain(Exception thrown) {
      return stopped != null ? stopped : ErrorMapper.map(thrown);
    }

    @Override
    public void close() {
      synchronized (this) {
        closed = true;
      }
      owner.entries.remove(this);
    }
  }

  /**
   * One for a client at this address, over a connection to that one of ours.
   *
   * @param cancel ends it soon; called from another thread, and must not block
   */
  Entry add(InetSocketAddress server, InetSocketAddress client, Runnable cancel) {
    Entry entry = new Entry(new Connections.Peers(server, client), cancel, this);
    entries.put(entry, true);
    if (stopping) {
      entry.stop(serverStops());
    }
    return entry;
  }

  /** How many there are. */
  int size() {
    return entries.size();
  }

  private void cancelThoseWithoutClient() {
    try {
      if (entries.isEmpty()) {
        return;
      }
      Set<Entry> before = Set.copyOf(entries.keySet()); // what comes later may not be in the table
      Optional<Set<Connections.Peers>> open = Connections.established();
      if (open.isPresent()) {
        before.stream()
            .filter(entry -> !open.get().contains(entry.connection))
            .forEach(entry -> entry.stop(clientHasGone()));
      }
    } catch (Throwable thrown) { // one that left this method would end the watch for ever
      logUnlessThatFails(thrown);
    }
  }

  private static void logUnlessThatFails(Throwable thrown) {
    try {
      LOG.error("clients that have gone were not looked for; they will be the next time", thrown);
    } catch (Throwable _) {
      // no memory for the line either
    }
  }

  private static RequestException clientHasGone() {
    return RequestException.of(499, "client_gone", "the client has closed the connection");
  }

  private static RequestException serverStops() {
    return RequestException.busy("the server is stopping; the answer was cut off");
  }

  /** Lets answers go on for so long and cancels the rest. Blocks until all have ended. */
  void finish(Duration grace) throws InterruptedException {
    waitUntilEmpty(grace);
    stopping = true;
    entries.keySet().forEach(entry -> entry.stop(serverStops()));
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
