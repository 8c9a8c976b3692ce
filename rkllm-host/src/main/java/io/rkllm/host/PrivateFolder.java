package io.rkllm.host;

import io.rkllm.spi.InferenceRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder through which a child process reaches the process that starts it. Each of the two
 * deletes it as soon as they are connected, or when that has failed, so that it remains only if
 * both are killed before.
 */
final class PrivateFolder {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);
  private static final String PREFIX = "rkllm-";

  private PrivateFolder() {}

  /** Creates a folder that only this user can enter, in memory if possible. */
  static Path create() throws IOException {
    Path memory = Path.of("/dev/shm");
    String prefix = prefix(ProcessHandle.current().pid());
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    if (Files.isDirectory(memory) && Files.isWritable(memory)) {
      try {
        return Files.createTempDirectory(memory, prefix, onlyOwner);
      } catch (IOException e) {
        LOG.debug("{} cannot be used", memory, e); // it may be full
      }
    }
    return Files.createTempDirectory(prefix, onlyOwner);
  }

  /** Returns the beginning of the names of the folders that a process creates. */
  static String prefix(long pid) {
    return PREFIX + pid + "-";
  }

  /** Deletes a folder with its files. Has no effect if it is gone, or is not such a folder. */
  static void delete(Path folder) throws IOException {
    if (!folder.getFileName().toString().startsWith(PREFIX)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        boolean _ = Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return; // deleted by the other process
    }
    boolean _ = Files.deleteIfExists(folder);
  }
}
