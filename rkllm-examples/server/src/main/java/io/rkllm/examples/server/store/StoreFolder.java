package io.rkllm.examples.server.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts models into the folder of the store and takes them out. What is written is written into a
 * hidden folder beside first, and gets its name when it is complete and on the disk; what is
 * deleted loses its name first. So a crash leaves hidden folders at most, which are cleared away
 * later, and other processes see a model whole or not at all.
 *
 * <p>Models that are created and models that are pulled have the owner and the umask of the process
 * that makes them, as any file has: who may read a store is said there, or by the mode of its
 * folder. Nothing here sets modes.
 *
 * <p>Thread-safe.
 */
final class StoreFolder {
  private static final String NEW = ".new-";
  private static final String GONE = ".gone-";
  private static final Duration FORGOTTEN = Duration.ofDays(1);

  /** Of all stores of this JVM; what is done under it is renaming and takes no time. */
  private static final ReentrantLock RENAMING = new ReentrantLock();

  private final Path folder;

  StoreFolder(Path folder) {
    this.folder = folder;
  }

  /** A hidden folder to put a model together in. */
  Path stage() throws IOException {
    Files.createDirectories(folder);
    clearAway();
    return Files.createDirectory(folder.resolve(NEW + UUID.randomUUID()));
  }

  /**
   * Gives what is in a hidden folder of the store its name. Where there is a model of that name
   * already, its files are added or replaced, the Modelfile last.
   */
  void install(Path staged, String name) throws IOException {
    forceTree(staged);
    Path target = folder.resolve(name);
    RENAMING.lock();
    try {
      if (!Files.isDirectory(target)) {
        try {
          Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
          force(folder);
          return;
        } catch (FileSystemException e) {
          if (!Files.isDirectory(target)) { // or another process was quicker
            throw e;
          }
        }
      }
      moveInto(target, staged);
      force(target);
    } finally {
      RENAMING.unlock();
    }
    deleteTree(staged);
  }

  private static void moveInto(Path target, Path staged) throws IOException {
    for (Path file : children(staged)) {
      Path place = target.resolve(String.valueOf(file.getFileName()));
      if (Files.isDirectory(file)) {
        if (Files.isSymbolicLink(place)) {
          Files.delete(place); // what it leads to is not of the store
        }
        Files.createDirectories(place);
        moveInto(place, file);
      } else if (!file.endsWith(ModelStore.MODELFILE)) {
        Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Path modelfile = staged.resolve(ModelStore.MODELFILE);
    if (Files.exists(modelfile)) {
      Files.move(modelfile, target.resolve(ModelStore.MODELFILE), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Takes a file or folder of the store away, with all that is in it; links are not followed. */
  void remove(Path path) throws IOException {
    clearAway();
    Path gone = folder.resolve(GONE + UUID.randomUUID());
    RENAMING.lock();
    try {
      Files.move(path, gone, StandardCopyOption.ATOMIC_MOVE);
      force(folder);
    } finally {
      RENAMING.unlock();
    }
    deleteTree(gone);
  }

  /** What an earlier process could not bring to its end. */
  private void clearAway() throws IOException {
    Instant old = Instant.now().minus(FORGOTTEN);
    for (Path path : children(folder)) {
      String name = String.valueOf(path.getFileName());
      if (name.startsWith(GONE) || (name.startsWith(NEW) && isOlder(path, old))) {
        deleteTree(path);
      }
    }
  }

  private static boolean isOlder(Path path, Instant than) throws IOException {
    try {
      return Files.getLastModifiedTime(path).toInstant().isBefore(than);
    } catch (NoSuchFileException e) {
      return false; // it has its name by now
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  static void deleteTree(Path tree) throws IOException {
    Files.walkFileTree(tree, new Deletion());
  }

  /** Another thread or process may be at the same tree. */
  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
        throws IOException {
      if (e != null && !(e instanceof NoSuchFileException)) {
        throw e;
      }
      Files.deleteIfExists(visited);
      return FileVisitResult.CONTINUE;
    }
  }

  private static void forceTree(Path tree) throws IOException {
    for (Path path : children(tree)) {
      if (Files.isDirectory(path)) {
        forceTree(path);
      } else {
        force(path);
      }
    }
    force(tree);
  }

  /** Has a file, or the names in a folder, written to the disk. */
  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
