package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that hold connections by sending a byte now and then. */
@Timeout(60)
final class SlowClientsTest {
  private static final String HEADERS = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

  @TempDir Path folder;

  /** The timeout for silence is long: what sends a byte a second is never silent. */
  private SimulatedServer start(Duration headerTimeout, int maxConnections, int maxWaiting) {
    return SimulatedServer.start(
        folder,
        options ->
            options
                .headerTimeout(headerTimeout)
                .maxConnections(maxConnections)
                .maxWaitingPerAddress(maxWaiting)
                .idleTimeout(Duration.ofMinutes(5)),
        options -> options);
  }

  private static Socket connect(SimulatedServer server) throws IOException {
    return new Socket(server.server().address().getHost(), server.server().address().getPort());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends a byte now and then until the server closes the connection. */
  private static void trickle(Socket socket) throws Exception {
    try {
      while (true) {
        send(socket, "x");
        Thread.sleep(50);
      }
    } catch (SocketException _) {
      // closed by the server
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"})
  void headers_thatNeverEnd_areCutOff(String before) throws Exception {
    try (SimulatedServer server = start(Duration.ofSeconds(1), 1_000, 100);
        Socket socket = connect(server)) {
      send(socket, before + HEADERS);

      trickle(socket);
    }
  }

  /** Returns a number of connections that a machine with few descriptors allows; each takes two. */
  private static int manyConnections() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 100;
    return (int) Math.min(1_000, free / 2);
  }

  /** Sends one more byte on each connection that is still open. */
  private static void trickleAll(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      try {
        send(socket, "x");
      } catch (SocketException _) {
        // closed by the server
      }
    }
  }

  @Test
  void idleConnections_doNotBlockOtherClients() throws Exception {
    int many = manyConnections();
    List<Socket> slow = new ArrayList<>();
    try (SimulatedServer server = start(Duration.ofMinutes(5), many * 9 / 10, many / 10)) {
      for (int i = 0; i < many; i++) { // those beyond nine tenths are not accepted at first
        Socket socket = connect(server);
        slow.add(socket);
        send(socket, HEADERS);
      }

      CompletableFuture<Integer> health =
          CompletableFuture.supplyAsync(() -> server.get("/health").statusCode());
      while (!health.isDone()) {
        trickleAll(slow);
      }
      assertThat(health.get()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private static String health(RawClient client) throws IOException {
    return client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").readUntil("\"ok\"}");
  }

  /** The headers of the first request are not those of a second one that never ends. */
  @Test
  void connection_keptAliveAfterARequest_isNotCutOff() throws Exception {
    try (SimulatedServer server = start(Duration.ofSeconds(1), 1_000, 100);
        RawClient kept = new RawClient(server.server().address());
        Socket slow = connect(server)) {
      health(kept);
      send(slow, HEADERS);

      trickle(slow);

      assertThat(health(kept)).startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:1:2::1, 2001:db8:1:2:ffff::9, true",
    "2001:db8:1:2::1, 2001:db8:1:3::1, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
  })
  void connections_areCountedByAddress_orByThePrefixOfAnIpv6Network(
      String one, String other, boolean same) {
    Object source = ConnectionLimits.source(new InetSocketAddress(one, 1));

    assertThat(source.equals(ConnectionLimits.source(new InetSocketAddress(other, 2))))
        .isEqualTo(same);
  }

  @Test
  void busyConnections_areNotCounted() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (SimulatedServer server =
        start(Duration.ofMillis(500), 1_000, 2)
            .with("m", "when: *\ndecode-ms: 40\nrepeat: 60 \"tick \"")) {
      for (int i = 0; i < 6; i++) {
        clients.add(new RawClient(server.server().address()).ask("m", "go", true));
      }
      for (RawClient client : clients) {
        assertThat(client.readUntil("[DONE]")).contains("[DONE]");
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}
