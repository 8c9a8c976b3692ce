package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets applications use the runtime of this machine through a Unix domain socket, which {@link
 * HostRuntime#at} connects to. Each connection, which is one model of an application, gets a
 * separate child process, so that it can neither crash nor delay another one. A connection beyond
 * the limit is refused with a message.
 *
 * <p>Only the user who owns the socket can connect. Thread-safe.
 */
public final class HostServer implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(HostServer.class);
  private static final int BUFFER = 64 << 10;
  private static final long ADMISSION_SECONDS = 3;
  private static final Duration REFUSAL_TIMEOUT = Duration.ofSeconds(3);

  private final Path socket;
  private final ServerSocketChannel server;
  private final ChildCommand command;
  private final int limit;
  private final Semaphore free;

  private HostServer(Path socket, ServerSocketChannel server, Path models, int connections) {
    this.socket = socket;
    this.server = server;
    this.command = ChildCommand.create("-D" + HostFiles.PROPERTY + "=" + models);
    this.limit = connections;
    this.free = new Semaphore(connections);
  }

  /**
   * Begins to listen.
   *
   * @param socket the socket's file; one that is left over from a host that has ended is replaced
   * @param models the folder of the files that applications may load: models, adapters and caches,
   *     which are found by their names
   * @param connections how many models may be open at a time
   * @throws IOException if another host listens there, or the file cannot be created
   */
  public static HostServer listen(Path socket, Path models, int connections) throws IOException {
    if (connections < 1) {
      throw new IllegalArgumentException("connections must be at least 1, was " + connections);
    }
    Path folder = models.toRealPath();
    Path file = socket.toAbsolutePath();
    refuseOther(file);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Path created = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
      server.bind(UnixDomainSocketAddress.of(created));
      Files.setPosixFilePermissions(created, PosixFilePermissions.fromString("rw-------"));
      Path _ = Files.move(created, file, StandardCopyOption.ATOMIC_MOVE);
      return new HostServer(file, server, folder, connections);
    } catch (Throwable thrown) {
      server.close();
      throw thrown;
    }
  }

  private static void refuseOther(Path file) throws IOException {
    if (Files.exists(file)) {
      try (SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
        throw new IOException("another host listens on " + file + "; choose another --socket");
      } catch (java.net.ConnectException e) {
        Files.delete(file); // left over
      }
    }
  }

  /** Serves connections until {@link #close}. */
  public void serve() throws IOException {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread _ = Thread.ofPlatform().name("rkllm-host-client").start(() -> admit(client));
      }
    } catch (ClosedChannelException e) {
      LOG.debug("the host is closed");
    }
  }

  /**
   * Serves a client, or refuses it. A client whose child has crashed connects again before its
   * first connection has ended here, so this waits a moment for a free place.
   */
  private void admit(SocketChannel client) {
    try {
      if (free.tryAcquire(ADMISSION_SECONDS, TimeUnit.SECONDS)) {
        serve(client);
      } else {
        refuse(
            client,
            "the host serves at most " + limit + " models at a time; close one, or try later");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Answers the first message of a client, which is not interpreted, with the reason why it is not
   * served.
   */
  private static void refuse(SocketChannel client, String reason) {
    FrameWriter frame = new FrameWriter();
    FromHost.write(
        new FromHost.Failed(Failure.of(new NativeLibraryException(reason, null, null))), frame);
    ByteBuffer ignored = ByteBuffer.allocate(BUFFER);
    try (Wire wire = new Wire(client);
        Deadline _ = Deadline.in(REFUSAL_TIMEOUT, () -> closeQuietly(client))) {
      if (client.read(ignored) >= 0) {
        wire.send(frame);
        client.shutdownOutput();
      }
      while (client.read(ignored.clear()) >= 0) {
        // Closing a socket with unread data would discard what was sent.
      }
    } catch (IOException e) {
      LOG.debug("a client left before it was refused", e);
    }
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      LOG.debug("a connection could not be closed", e);
    }
  }

  private void serve(SocketChannel client) {
    try {
      relay(client, ChildProcess.launch(command, false));
    } catch (IOException | NativeLibraryException e) {
      LOG.warn("a client could not be served: {}", e.getMessage());
      refuse(client, "the host could not start a process for the model: " + e.getMessage());
    } finally {
      free.release();
    }
  }

  /** Copies bytes between a client and a child until either ends. */
  private static void relay(SocketChannel client, ChildProcess child) {
    SocketChannel model = child.socket();
    try (client) {
      Thread answers = Thread.ofPlatform().daemon().start(() -> copy(model, client));
      copy(client, model);
      answers.join();
    } catch (IOException e) {
      LOG.debug("a connection could not be closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      LOG.info("a client has left; {}", child.describeEnd(null));
    }
  }

  private static void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER);
    try (from;
        to) {
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          int _ = to.write(bytes);
        }
      }
    } catch (IOException e) {
      LOG.debug("a connection ended", e);
    }
  }

  /** Makes {@link #serve} return. Has no effect if called again. */
  public void stop() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("the socket could not be closed", e);
    }
  }

  /** Stops listening and deletes the socket. Connections remain until their clients leave. */
  @Override
  public void close() throws IOException {
    server.close();
    boolean _ = Files.deleteIfExists(socket);
  }
}
