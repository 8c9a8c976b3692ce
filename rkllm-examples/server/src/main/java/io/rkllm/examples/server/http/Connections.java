package io.rkllm.examples.server.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The TCP connections of this machine, as listed by Linux. They show that a client has closed its
 * connection while the server sends nothing, which Java does not report.
 */
final class Connections {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String ESTABLISHED = "01";
  private static final String CLOSE_WAIT = "08";

  private Connections() {}

  /** The addresses of both ends of a connection. */
  record Peers(InetSocketAddress local, InetSocketAddress remote) {}

  /** The state of a connection. */
  enum State {
    /** Both sides may send. */
    OPEN,
    /** The client has closed its sending side, or both. */
    HALF_CLOSED
  }

  /** Returns the connections that the server may send to; empty on systems without such tables. */
  static Optional<Map<Peers, State>> list() {
    Map<Peers, State> all = new HashMap<>();
    boolean found = false;
    for (Path table : TABLES) {
      try {
        for (String line : Files.readAllLines(table)) {
          String[] fields = line.strip().split(" +", 5);
          if (fields.length > 3
              && (fields[3].equals(ESTABLISHED) || fields[3].equals(CLOSE_WAIT))) {
            all.put(
                new Peers(address(fields[1]), address(fields[2])),
                fields[3].equals(ESTABLISHED) ? State.OPEN : State.HALF_CLOSED);
          }
        }
        found = true;
      } catch (NoSuchFileException _) {
        // a machine without IPv6, or no Linux
      } catch (IOException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    return found ? Optional.of(all) : Optional.empty();
  }

  /**
   * Parses an address such as {@code 0100007F:1F90}, in groups of four bytes in native byte order.
   */
  static InetSocketAddress address(String hex) throws IOException {
    int colon = hex.indexOf(':');
    ByteBuffer words =
        ByteBuffer.wrap(HexFormat.of().parseHex(hex, 0, colon)).order(ByteOrder.nativeOrder());
    ByteBuffer bytes = ByteBuffer.allocate(words.capacity()); // in network byte order
    while (words.hasRemaining()) {
      bytes.putInt(words.getInt());
    }
    return new InetSocketAddress(
        InetAddress.getByAddress(bytes.array()),
        Integer.parseInt(hex, colon + 1, hex.length(), 16));
  }
}
