package io.rkllm.host;

import io.rkllm.spi.InferenceRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process with one model. It is reached through a socket in a private folder, which is
 * deleted as soon as the child has opened what is in it, so that nothing is left in the file system
 * however either process ends.
 */
final class ChildProcess implements Connection.Peer {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);
  private static final long START_SECONDS = 60;
  private static final long END_SECONDS = 3;
  private static final long CACHE_SECONDS = 60;

  private final Process process;
  private final boolean writesCache;
  private final ChildOutput output;
  private final @Nullable FileChannel shared;
  private @Nullable SocketChannel socket;

  private ChildProcess(Process process, boolean writesCache, @Nullable FileChannel shared) {
    this.process = process;
    this.writesCache = writesCache;
    this.shared = shared;
    this.output = new ChildOutput(process.pid());
  }

  /** Starts a child of an application, and waits until it has connected. */
  static Connection start(ChildCommand command) throws IOException {
    ChildProcess child = launch(command, true);
    String name = Long.toString(child.process.pid());
    Connection connection = new Connection(name, new Wire(child.socket()), child.shared, child);
    connection.start();
    return connection;
  }

  /**
   * Starts a child and waits until it has connected.
   *
   * @param sharesMemory whether large outputs are passed in a file that both sides have open
   */
  static ChildProcess launch(ChildCommand command, boolean sharesMemory) throws IOException {
    Path folder = PrivateFolder.create();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path address = folder.resolve("socket");
      server.bind(UnixDomainSocketAddress.of(address));
      Path file = sharesMemory ? Files.createFile(folder.resolve("floats")) : null;
      // Opened first, because the child deletes it once it has connected.
      FileChannel shared = file == null ? null : FileChannel.open(file, StandardOpenOption.READ);
      ChildProcess child = null;
      try {
        child =
            new ChildProcess(
                run(command.process(folder, address, file)), command.writesCache(), shared);
        child.connect(server);
        return child;
      } catch (Throwable thrown) {
        if (child != null) {
          child.kill();
        }
        if (shared != null) {
          shared.close();
        }
        throw thrown;
      }
    } finally {
      PrivateFolder.delete(folder);
    }
  }

  private void connect(ServerSocketChannel server) throws IOException {
    Thread reader =
        Thread.ofPlatform()
            .daemon()
            .name("rkllm-host-output-" + process.pid())
            .unstarted(() -> output.readAll(reader()));
    reader.start();
    var timeLimit = process.onExit().orTimeout(START_SECONDS, TimeUnit.SECONDS);
    var _ = timeLimit.whenComplete((ended, late) -> closeQuietly(server));
    try {
      socket = server.accept();
    } catch (IOException e) {
      kill();
      throw new IOException("the child process did not start: " + describeEnd(null), e);
    }
  }

  /** Returns the socket to the child. */
  SocketChannel socket() {
    return Objects.requireNonNull(socket, "not connected");
  }

  private static void closeQuietly(ServerSocketChannel server) {
    try {
      server.close();
    } catch (IOException e) {
      LOG.debug("a socket could not be closed", e);
    }
  }

  private BufferedReader reader() {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static Process run(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  @Override
  public void logged(String line) {
    boolean _ = output.remember(line);
  }

  @Override
  public void kill() {
    process.destroyForcibly();
  }

  /** Writing an AOT cache takes some seconds, and does not survive the end of this process. */
  @Override
  public Duration longestEnd() {
    return Duration.ofSeconds(writesCache ? CACHE_SECONDS : END_SECONDS);
  }

  @Override
  public String describeEnd(@Nullable String reason) {
    try {
      if (!process.waitFor(longestEnd().toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
          return "its process closed the connection, but cannot be ended";
        }
      }
      output.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return output.describe(reason, process.isAlive() ? 0 : process.exitValue());
  }
}
