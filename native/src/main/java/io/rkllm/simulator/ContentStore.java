package io.rkllm.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/**
 * Stores files in folders named after the SHA-256 of their content. Because libraries are loaded
 * from here and the store may be in a temporary folder that others can write to, each folder must
 * belong to the user and be inaccessible to others, and a file is compared with its expected
 * content before its path is returned.
 *
 * <p>Processes do not wait for each other. Each process that finds a file missing or damaged writes
 * its own copy beside it and renames it; the last one wins, with the same content.
 */
final class ContentStore {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;

  private ContentStore(Path root) {
    this.root = root.toAbsolutePath();
  }

  /** Returns a store in the given folder, whose permissions are not changed. */
  static ContentStore in(Path root) {
    try {
      Files.createDirectories(root);
    } catch (IOException e) {
      throw failure(root, e);
    }
    return new ContentStore(root);
  }

  /** Returns the store of this user in {@code java.io.tmpdir}. */
  static ContentStore ofUser() {
    String user = System.getProperty("user.name").replaceAll("[^A-Za-z0-9._-]", "_");
    Path root = Path.of(System.getProperty("java.io.tmpdir"), "rkllm-simulator-" + user);
    try {
      claim(root);
    } catch (IOException e) {
      throw failure(root, e);
    }
    return new ContentStore(root);
  }

  /** Stores a file unless it exists, and returns its path. */
  Path put(byte[] content, String name) {
    Path folder = root.resolve(sha256(content));
    Path file = folder.resolve(name);
    try {
      claim(folder);
      if (!holds(file, content)) {
        write(file, content);
      }
    } catch (IOException e) {
      throw failure(file, e);
    }
    return file;
  }

  private static boolean holds(Path file, byte[] content) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content);
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path written = Files.createTempFile(file.getParent(), "unpacking", null);
    try {
      Files.write(written, content);
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  /** Creates the folder if it does not exist, and checks that only this user can access it. */
  private static void claim(Path folder) throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    var attributes =
        posix
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    try {
      Files.createDirectory(folder, attributes);
      return;
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileSystemException(folder.toString(), null, "is not a folder");
      }
    }
    UserPrincipal owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
    if (!isOurs(folder, owner)) {
      throw new FileSystemException(folder.toString(), null, "belongs to " + owner.getName());
    }
    if (posix && !Files.getPosixFilePermissions(folder).equals(OWNER_ONLY)) {
      Files.setPosixFilePermissions(folder, OWNER_ONLY);
    }
  }

  /**
   * Returns whether the owner of the folder is the user of this process, which is the owner of a
   * file created by it.
   */
  private static boolean isOurs(Path folder, UserPrincipal owner) throws IOException {
    try {
      Path probe = Files.createTempFile(folder, "owner", null);
      try {
        return owner.equals(Files.getOwner(probe));
      } finally {
        Files.delete(probe);
      }
    } catch (AccessDeniedException e) {
      return false;
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static UncheckedIOException failure(Path path, IOException cause) {
    return new UncheckedIOException(
        "cannot extract the simulator to "
            + path
            + " ("
            + cause.getMessage()
            + "); the system property "
            + Simulator.DIRECTORY_PROPERTY
            + " sets another folder",
        cause);
  }
}
