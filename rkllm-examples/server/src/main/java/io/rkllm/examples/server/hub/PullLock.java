package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Lets one pull of a model run at a time, in this process or another one. */
final class PullLock implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  private PullLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws PullException if another pull has it
   */
  static PullLock take(Path folder, String model) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("." + model + ".lock");
    String mark = UUID.randomUUID().toString();
    while (true) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) {
          throw busy(model);
        }
        channel.write(ByteBuffer.wrap(mark.getBytes(StandardCharsets.UTF_8)), 0);
        if (contentOf(file).equals(mark)) {
          return new PullLock(file, channel);
        }
        channel.close(); // who had it before has deleted this file meanwhile
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw busy(model);
      } catch (Throwable thrown) {
        channel.close();
        throw thrown;
      }
    }
  }

  private static String contentOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static PullException busy(String model) {
    return new PullException(model + " is being pulled already; wait for that to end");
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file); // while it is locked, so that nobody else relies on it
    channel.close();
  }
}
