package io.rkllm.host;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A host that was started by hand, at the other end of a socket. */
record SocketPeer(Path socket) implements Connection.Peer {

  static Connection connect(Path socket) throws IOException {
    SocketChannel channel;
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new IOException(
          "no host listens on "
              + socket
              + " ("
              + e.getMessage()
              + "); start it with: rkllm host --socket PATH",
          e);
    }
    Connection connection =
        new Connection(
            String.valueOf(socket.getFileName()), new Wire(channel), null, new SocketPeer(socket));
    connection.start();
    return connection;
  }

  @Override
  public String describeEnd(@Nullable String reason) {
    return reason != null
        ? reason
        : "the connection to the host at " + socket + " ended; its own log says why";
  }

  @Override
  public void logged(String line) {}

  /** Has no effect: the host ends what the connection was used for when it is closed. */
  @Override
  public void kill() {}
}
