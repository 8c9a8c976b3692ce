package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Excludes other pulls of the same model, in this process and in others.
 *
 * <p>POSIX drops all locks that a process has on a file when the process closes any descriptor of
 * that file. So one thread of this process alone opens a lock file, and closes none of its channels
 * before the lock is released.
 */
final class PullLock implements AutoCloseable {
  private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel locked;
  private final FileChannel checked; // of the same file; closing it would drop the lock

  private PullLock(Path file, FileChannel locked, FileChannel checked) {
    this.file = file;
    this.locked = locked;
    this.checked = checked;
  }

  /**
   * Takes the lock.
   *
   * @throws PullException if another pull has it
   */
  static PullLock take(Path folder, String model) throws IOException {
    Path file = Files.createDirectories(folder).toRealPath().resolve("." + model + ".lock");
    if (!TAKEN.add(file)) {
      throw busy(model);
    }
    try {
      while (true) {
        PullLock lock = tryTake(file, model);
        if (lock != null) {
          return lock;
        }
      }
    } catch (Throwable thrown) {
      TAKEN.remove(file);
      throw thrown;
    }
  }

  /** Takes the lock; null if its previous owner has deleted the file in the meantime. */
  private static @Nullable PullLock tryTake(Path file, String model) throws IOException {
    byte[] mark = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileChannel inPlace = null;
    try {
      if (channel.tryLock() == null) {
        throw busy(model);
      }
      channel.write(ByteBuffer.wrap(mark), 0);
      inPlace = FileChannel.open(file, StandardOpenOption.READ);
      ByteBuffer content = ByteBuffer.allocate(mark.length);
      inPlace.read(content, 0);
      if (Arrays.equals(content.array(), mark)) {
        return new PullLock(file, channel, inPlace);
      }
    } catch (NoSuchFileException e) {
      // deleted: others would lock another file
    } catch (Throwable thrown) {
      close(channel, inPlace);
      throw thrown;
    }
    close(channel, inPlace);
    return null;
  }

  private static void close(FileChannel locked, @Nullable FileChannel checked) throws IOException {
    try (locked;
        checked) {
      // closes both
    }
  }

  private static PullException busy(String model) {
    return new PullException(model + " is already being pulled; wait until that has ended");
  }

  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file); // while it is locked, so that no other process relies on it
    } finally {
      try {
        close(locked, checked);
      } finally {
        TAKEN.remove(file);
      }
    }
  }
}
