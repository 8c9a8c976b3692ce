package io.rkllm.ffm;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The folders that the dynamic loader searches, according to {@code LD_LIBRARY_PATH} and {@code
 * /etc/ld.so.conf}. The loader itself is not used, because it would open the library before its
 * file has been examined. Immutable.
 */
final class LoaderFolders {
  private static final int MAX_INCLUDES = 4;
  private static final Pattern SEPARATOR = Pattern.compile("[:;]");

  private final Path root;
  private final @Nullable String libraryPath;

  /**
   * @param root the folder that contains {@code etc/ld.so.conf}
   * @param libraryPath the value of {@code LD_LIBRARY_PATH}, or null
   */
  LoaderFolders(Path root, @Nullable String libraryPath) {
    this.root = root;
    this.libraryPath = libraryPath;
  }

  /**
   * Returns the absolute paths in the loader's order, without duplicates. Unreadable files are
   * ignored.
   */
  Set<Path> list() {
    Set<Path> folders = new LinkedHashSet<>();
    if (libraryPath != null) {
      for (String folder : SEPARATOR.split(libraryPath, -1)) {
        if (!folder.isEmpty()) {
          add(folders, folder);
        }
      }
    }
    addConfigured(folders, root.resolve("etc/ld.so.conf"), 0);
    return folders;
  }

  private void addConfigured(Set<Path> folders, Path file, int depth) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      return;
    }
    for (String line : lines) {
      String entry = line.replaceFirst("#.*", "").strip();
      if (entry.startsWith("include ") && depth < MAX_INCLUDES) {
        for (Path included : matching(entry.substring("include ".length()).strip())) {
          addConfigured(folders, included, depth + 1);
        }
      } else if (entry.startsWith("/")) {
        add(folders, entry);
      }
    }
  }

  /** Returns the files that match a pattern such as {@code /etc/ld.so.conf.d/*.conf}, in order. */
  private List<Path> matching(String pattern) {
    String absolute = pattern.startsWith("/") ? pattern : "/etc/" + pattern;
    int slash = absolute.lastIndexOf('/');
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(
            root.resolve(absolute.substring(1, slash)), absolute.substring(slash + 1))) {
      stream.forEach(files::add);
    } catch (IOException | RuntimeException e) {
      return List.of();
    }
    files.sort(null);
    return files;
  }

  private static void add(Set<Path> folders, String folder) {
    try {
      folders.add(Path.of(folder).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      // No folder can have that name.
    }
  }
}
