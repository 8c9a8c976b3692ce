package io.rkllm.examples.server.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the connections that have no request in progress: the time in which the headers of a
 * request must arrive, and the number of such connections for each client address. Jetty's own
 * timeout only covers silent connections. A client that sends one byte a second is not silent, and
 * connections held open that way would exhaust the total number allowed.
 *
 * <p>Thread-safe. The connections are checked once a second while there are any.
 */
final class ConnectionLimits extends Handler.Wrapper implements Connection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmServer.class);

  /** The age up to which a waiting connection is taken to be about to send its request. */
  private static final Duration NEW = Duration.ofSeconds(1);

  private final Duration headerTimeout;
  private final int maxWaiting;
  private final Map<Connection, Client> clients = new ConcurrentHashMap<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * Creates a handler that enforces the limits.
   *
   * @param headerTimeout the maximum time for receiving the headers of a request
   * @param maxWaiting the maximum number of connections from one address that wait for a request
   */
  ConnectionLimits(Duration headerTimeout, int maxWaiting) {
    this.headerTimeout = headerTimeout;
    this.maxWaiting = maxWaiting;
  }

  /** The state of one client connection. */
  private static final class Client {
    final Object address;
    volatile boolean busy; // a request is in progress
    volatile long waitingSince = System.nanoTime();
    volatile long bytesBefore; // received for earlier requests
    long headersSince; // when headers were first seen to have begun; 0 if not; used by sweep()

    Client(Object address) {
      this.address = address;
    }
  }

  @Override
  public void onOpened(Connection connection) {
    clients.put(connection, new Client(source(connection.getEndPoint().getRemoteSocketAddress())));
    schedule();
  }

  @Override
  public void onClosed(Connection connection) {
    clients.remove(connection);
  }

  /**
   * Returns the key under which the connections of a client are counted: its address, or its
   * network prefix if the address is an IPv6 address.
   */
  static Object source(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress socket)) {
      return remote;
    }
    InetAddress address = socket.getAddress();
    return address instanceof Inet6Address ? ByteBuffer.wrap(address.getAddress(), 0, 8) : address;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Connection connection = request.getConnectionMetaData().getConnection();
    Client client = clients.get(connection);
    if (client != null) {
      client.busy = true;
      Request.addCompletionListener(
          request,
          _ -> {
            client.bytesBefore = connection.getBytesIn();
            client.waitingSince = System.nanoTime();
            client.busy = false;
          });
    }
    return super.handle(request, response, callback);
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      getServer().getScheduler().schedule(this::sweep, 1, TimeUnit.SECONDS);
    }
  }

  private void sweep() {
    try {
      Map<Object, List<Connection>> waiting = new HashMap<>();
      long now = System.nanoTime();
      clients.forEach(
          (connection, client) -> {
            if (client.busy) {
              client.headersSince = 0;
            } else if (headersAreLate(connection, client, now)) {
              close(connection, "did not complete the headers of a request in time");
            } else {
              waiting.computeIfAbsent(client.address, _ -> new ArrayList<>()).add(connection);
            }
          });
      waiting.values().forEach(connections -> closeExcess(connections, now));
    } catch (RuntimeException e) { // the next check may succeed
      LOG.error("connections could not be checked", e);
    } finally {
      scheduled.set(false);
      if (!clients.isEmpty() && isRunning()) {
        schedule();
      }
    }
  }

  private boolean headersAreLate(Connection connection, Client client, long now) {
    if (connection.getBytesIn() == client.bytesBefore) {
      client.headersSince = 0; // silent connections are covered by Jetty's idle timeout
      return false;
    }
    if (client.headersSince == 0) {
      client.headersSince = now | 1; // never 0
    }
    return now - client.headersSince >= headerTimeout.toNanos();
  }

  /** Closes the connections of one address that have waited longest, while there are too many. */
  private void closeExcess(List<Connection> connections, long now) {
    int excess = connections.size() - maxWaiting;
    if (excess > 0) {
      connections.stream()
          .filter(connection -> now - waitingSince(connection, now) >= NEW.toNanos())
          .sorted(Comparator.comparingLong(connection -> waitingSince(connection, now) - now))
          .limit(excess)
          .forEach(connection -> close(connection, "is one of too many that send no request"));
    }
  }

  private long waitingSince(Connection connection, long otherwise) {
    Client client = clients.get(connection);
    return client == null || client.busy ? otherwise : client.waitingSince;
  }

  private static void close(Connection connection, String why) {
    LOG.debug("{} {}; it is closed", connection.getEndPoint().getRemoteSocketAddress(), why);
    connection.getEndPoint().close();
  }
}
