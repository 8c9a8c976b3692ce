package io.rkllm.examples.server.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests in progress. A request is canceled when its client closes the connection, even if
 * nothing is being sent and Java therefore does not report the closed connection. A client that has
 * closed only its sending side looks the same until something is sent to it: then the system of a
 * client that has gone rejects it, and the connection disappears. All remaining requests are
 * canceled when the server stops.
 *
 * <p>Thread-safe.
 */
final class ActiveRequests implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveRequests.class);

  /** The time allowed for notifying clients that their answers were cut off. */
  private static final Duration NOTIFICATION_TIME = Duration.ofSeconds(5);

  private final Map<Entry, Boolean> entries = new ConcurrentHashMap<>();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rkllm-clients").factory());
  private final Duration interval;
  private volatile boolean stopping;

  /**
   * Creates an empty set of requests.
   *
   * @param interval the time between two checks
   */
  ActiveRequests(Duration interval) {
    this.interval = interval;
    var _ =
        watch.scheduleWithFixedDelay(
            this::cancelDisconnected,
            interval.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Sends something to a client that does not change the response. Called on another thread. */
  interface Probe {
    /** Sends it, and returns whether that was possible. Must not block. */
    boolean send();
  }

  /** A request in progress, until it is closed. */
  static final class Entry implements AutoCloseable {
    private final Connections.Peers connection;
    private Runnable cancel; // guarded by this
    private Probe probe = () -> false; // guarded by this
    private final ActiveRequests owner;
    private @Nullable RequestException stopped; // guarded by this
    private boolean closed; // guarded by this
    private boolean probed; // guarded by this
    private boolean responding; // guarded by this
    private volatile boolean heartbeatDue;
    private volatile boolean sent; // since the last check

    private Entry(Connections.Peers connection, Runnable cancel, ActiveRequests owner) {
      this.connection = connection;
      this.cancel = cancel;
      this.owner = owner;
    }

    /**
     * Sets the action that sends something to the client if it has closed at least its sending
     * side. Without one, such a request is canceled.
     */
    synchronized void probeBy(Probe probe) {
      this.probe = probe;
    }

    /** Notes that the response begins, so that only its own thread may send something. */
    synchronized void respond() {
      responding = true;
    }

    /**
     * Returns whether something should be sent now, to see whether the client still reads. Returns
     * true once for each time it is needed.
     */
    boolean takeHeartbeatDue() {
      boolean due = heartbeatDue;
      heartbeatDue = false;
      return due;
    }

    /**
     * Finds out whether the client still reads, once. If it does not, the next check finds no
     * connection.
     */
    private synchronized void probe() {
      if (probed || closed || stopped != null) {
        return;
      }
      probed = true;
      if (responding) {
        heartbeatDue = true;
      } else if (!probe.send()) {
        stop(clientHasGone());
      }
    }

    /**
     * Notes that something is being sent. The next writes fail if the client has closed the
     * connection, so that this request need not be looked for among the open ones.
     */
    void sending() {
      sent = true;
    }

    private boolean isSilent() {
      boolean silent = !sent;
      sent = false;
      return silent;
    }

    /**
     * Cancels the request unless it is closed, since its thread may serve another request by then.
     */
    private synchronized void stop(RequestException reason) {
      if (!closed && stopped == null) {
        stopped = reason;
        try {
          cancel.run();
        } catch (Throwable thrown) { // must stop neither the watching thread nor the loop
          LOG.error("a request could not be canceled", thrown);
        }
      }
    }

    /**
     * Replaces the action that cancels the request.
     *
     * @throws RequestException if the request was canceled already
     */
    synchronized void cancelBy(Runnable another) {
      throwIfStopped();
      cancel = another;
    }

    /**
     * Throws an exception if the request was canceled. Called while waiting, since native code may
     * take long to return from a canceled answer.
     *
     * @throws RequestException if the client has closed the connection, or the server stops
     */
    synchronized void throwIfStopped() {
      if (stopped != null) {
        throw stopped;
      }
    }

    /**
     * Returns the exception to report to the client: the reason why its request was stopped, if it
     * was stopped, or else the error for the exception thrown.
     */
    synchronized RequestException explain(Exception thrown) {
      return stopped != null ? stopped : ErrorMapper.map(thrown);
    }

    /**
     * Ends the request. Called on its thread. Clears an interrupt that arrived after the work had
     * ended, which would otherwise prevent the response from being sent.
     */
    @Override
    public void close() {
      synchronized (this) {
        closed = true;
      }
      boolean _ = Thread.interrupted();
      owner.entries.remove(this);
    }
  }

  /**
   * Registers a request.
   *
   * @param server the local address of its connection
   * @param client the remote address of its connection
   * @param cancel the action that cancels the request; called on another thread, and must not block
   */
  Entry add(InetSocketAddress server, InetSocketAddress client, Runnable cancel) {
    Entry entry = new Entry(new Connections.Peers(server, client), cancel, this);
    entries.put(entry, true);
    if (stopping) {
      entry.stop(serverStops());
    }
    return entry;
  }

  /** Returns the time between two checks. */
  Duration interval() {
    return interval;
  }

  /** Returns the number of requests. */
  int size() {
    return entries.size();
  }

  /** Cancels the requests whose clients have closed their connections. */
  void cancelDisconnected() {
    try {
      List<Entry> before = new ArrayList<>(); // later ones may not be in the table
      for (Entry entry : entries.keySet()) {
        if (entry.isSilent()) {
          before.add(entry);
        }
      }
      if (before.isEmpty()) {
        return; // the system takes milliseconds to list its connections
      }
      Connections.list().ifPresent(all -> before.forEach(entry -> check(entry, all)));
    } catch (Throwable thrown) { // an exception would end the watching thread for good
      logUnlessThatFails(thrown);
    }
  }

  private static void check(Entry entry, Map<Connections.Peers, Connections.State> all) {
    switch (all.get(entry.connection)) {
      case null -> entry.stop(clientHasGone());
      case OPEN -> {}
      case HALF_CLOSED -> entry.probe();
    }
  }

  private static void logUnlessThatFails(Throwable thrown) {
    try {
      LOG.error("cannot look for clients that have closed their connections", thrown);
    } catch (Throwable _) {
      // out of memory, so that it cannot be logged either
    }
  }

  private static RequestException clientHasGone() {
    return RequestException.of(499, "client_gone", "the client has closed the connection");
  }

  private static RequestException serverStops() {
    return RequestException.busy("the server is stopping, and the answer was cut off");
  }

  /**
   * Waits up to the given time for the requests to end, and then cancels the rest. Blocks until all
   * have ended.
   */
  void finish(Duration grace) throws InterruptedException {
    waitUntilEmpty(grace);
    stopping = true;
    entries.keySet().forEach(entry -> entry.stop(serverStops()));
    waitUntilEmpty(NOTIFICATION_TIME);
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
