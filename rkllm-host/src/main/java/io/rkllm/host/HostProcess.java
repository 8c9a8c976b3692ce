package io.rkllm.host;

import io.rkllm.host.log.HostLogging;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The program of a child process, which {@link ChildProcess} starts. It ends when the connection
 * does, and so at the latest with the application, whatever native code is doing.
 */
public final class HostProcess {
  private static final int LOST = 1;

  private HostProcess() {}

  /**
   * Connects to the application and serves it until it closes the connection.
   *
   * @param arguments the class of the runtime, the socket to connect to, and the shared file, or an
   *     empty text if there is none
   */
  public static void main(String[] arguments) {
    int status = LOST;
    RuntimeProvider provider = findProvider(arguments[0]); // opens every file of the class path
    try (FileChannel shared = open(arguments[2]); // first, as it is deleted once this connects
        SocketChannel socket = connect(Path.of(arguments[1]))) {
      HostSession session = new HostSession(new Wire(socket), shared, provider);
      HostLogging.sendTo(session::sendLog);
      session.serve();
      status = 0;
      if (Boolean.getBoolean(ChildCommand.WRITES_CACHE) && !session.hasModel()) {
        System.exit(status); // unlike the end below, writes the cache
      }
    } catch (Throwable thrown) {
      System.err.println("rkllm host: the connection to the application failed: " + thrown);
    } finally {
      exit(provider, status);
    }
  }

  /** Connects, and deletes the folder of the socket, since the application may have died. */
  private static SocketChannel connect(Path socket) throws IOException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } finally {
      PrivateFolder.delete(Objects.requireNonNull(socket.getParent()));
    }
  }

  private static @Nullable FileChannel open(String file) throws IOException {
    return file.isEmpty()
        ? null
        : FileChannel.open(Path.of(file), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Returns the runtime. On the class path, loading its class, which is in the last file, opens all
   * files, so that they may be deleted afterwards.
   */
  private static @Nullable RuntimeProvider findProvider(String type) {
    if (HostProcess.class.getModule().isNamed()) {
      return ServiceLoader.load(RuntimeProvider.class).stream()
          .filter(each -> each.type().getName().equals(type))
          .findFirst()
          .map(ServiceLoader.Provider::get)
          .orElse(null);
    }
    try {
      return Class.forName(type).asSubclass(RuntimeProvider.class).getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      System.err.println("rkllm host: the runtime cannot be created: " + e);
      return null;
    }
  }

  /** Ends the process, even while native code hangs or holds the lock of the dynamic loader. */
  private static void exit(@Nullable RuntimeProvider provider, int status) {
    if (provider != null) {
      provider.exitProcess(status);
    }
    Runtime.getRuntime().halt(status);
  }
}
