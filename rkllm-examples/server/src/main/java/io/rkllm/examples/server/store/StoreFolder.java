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
 * Installs models in the folder of the store and removes them. Files are first written into a
 * hidden folder, which is renamed once they are complete and on the disk. A model is renamed before
 * it is deleted. A crash therefore leaves only hidden folders, which are deleted later, and other
 * processes see either a complete model or none.
 *
 * <p>Files get their owner and mode from the process, as any file does; no modes are set here.
 *
 * <p>Thread-safe.
 */
final class StoreFolder {
  private static final String NEW = ".new-";
  private static final String GONE = ".gone-";
  private static final Duration FORGOTTEN = Duration.ofDays(1);

  /** Shared by all stores of this JVM. Held only while files are renamed. */
  private static final ReentrantLock RENAMING = new ReentrantLock();

  private final Path folder;

  StoreFolder(Path folder) {
    this.folder = folder;
  }

  /** Creates a hidden folder in which the files of a model are collected. */
  Path stage() throws IOException {
    Files.createDirectories(folder);
    clearAway();
    return Files.createDirectory(folder.resolve(NEW + UUID.randomUUID()));
  }

  /**
   * Installs the files in a hidden folder under a name. If there is a model of that name, its files
   * are added or replaced, the Modelfile last.
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
          if (!Files.isDirectory(target)) { // otherwise another process has just installed one
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
          Files.delete(place); // the target of a link is not part of the store
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

  /** Removes a file or folder from the store, with its content. Links are not followed. */
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

  /** Deletes the unfinished files of earlier processes. */
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
      return false; // it was installed in the meantime
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

  /** Deletes a tree, which another thread or process may be deleting too. */
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

  /** Forces a file, or the names in a folder, to the disk. */
  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
