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
 * Files in folders named after the SHA-256 of their content. A library is loaded from here, and the
 * place may be a temporary folder that others can write to: so each folder must be the user's own
 * and closed to others, and a file is compared with what it should be before it is handed out.
 *
 * <p>Processes do not wait for each other. Each that finds a file missing or damaged writes one of
 * its own beside it and renames it into place; the last one wins, with the same content.
 */
final class ContentStore {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;

  private ContentStore(Path root) {
    this.root = root.toAbsolutePath();
  }

  /** A store in a folder of the caller's choice, whose permissions are left as they are. */
  static ContentStore in(Path root) {
    try {
      Files.createDirectories(root);
    } catch (IOException e) {
      throw failure(root, e);
    }
    return new ContentStore(root);
  }

  /** The store of this user below {@code java.io.tmpdir}. */
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

  /** The path of a file with this content and name, which is there when this returns. */
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

  /** Makes the folder if there is none, and makes sure that it is ours alone. */
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

  /** Who we are to a file system is told by the owner of what we make there. */
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
        "cannot unpack the simulator to "
            + path
            + " ("
            + cause.getMessage()
            + "); the system property "
            + Simulator.DIRECTORY_PROPERTY
            + " names another folder",
        cause);
  }
}
