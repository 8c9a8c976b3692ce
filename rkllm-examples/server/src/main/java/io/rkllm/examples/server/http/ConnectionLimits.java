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
 * Limits connections that have no request under way: in the time that the headers of a request may
 * take, and in their number for each client address. Jetty's own timeout is for silence, and a byte
 * a second is none; connections that are held open that way would use up all there are.
 *
 * <p>Thread-safe. It looks at the connections once a second while there are any.
 */
final class ConnectionLimits extends Handler.Wrapper implements Connection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmServer.class);

  /** A connection that has waited less than this is about to send its request. */
  private static final Duration NEW = Duration.ofSeconds(1);

  private final Duration headerTimeout;
  private final int maxWaiting;
  private final Map<Connection, Client> clients = new ConcurrentHashMap<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * @param headerTimeout how long the headers of a request may take
   * @param maxWaiting how many connections of one address may wait for a request
   */
  ConnectionLimits(Duration headerTimeout, int maxWaiting) {
    this.headerTimeout = headerTimeout;
    this.maxWaiting = maxWaiting;
  }

  /** A connection as seen from here. */
  private static final class Client {
    final Object address;
    volatile boolean busy; // a request is under way
    volatile long waitingSince = System.nanoTime();
    volatile long bytesBefore; // that belong to earlier requests
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

  /** Returns what stands for a client: its address, or its network where that is one of IPv6. */
  private static Object source(SocketAddress remote) {
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
    } catch (RuntimeException e) { // the next time may be better
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
      client.headersSince = 0; // silent, which has a timeout of its own
      return false;
    }
    if (client.headersSince == 0) {
      client.headersSince = now | 1; // never 0
    }
    return now - client.headersSince >= headerTimeout.toNanos();
  }

  /**
   * Closes the connections of one address that have waited longest, as long as there are too many.
   */
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
