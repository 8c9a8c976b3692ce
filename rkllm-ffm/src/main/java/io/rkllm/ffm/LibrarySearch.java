package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Searches for {@code librkllmrt.so}. If a location is configured, only the library in that
 * location is used; if it does not exist, the search fails. Otherwise the usual folders are
 * searched, followed by those of the dynamic loader. Reads only folders and text files; opens no
 * library. Immutable.
 */
final class LibrarySearch {
  static final String FILE_NAME = "librkllmrt.so";

  private static final List<String> USUAL_FOLDERS =
      List.of("usr/lib", "usr/lib/aarch64-linux-gnu", "usr/local/lib", "lib", "lib64");

  /** Looks up values by name. */
  @FunctionalInterface
  interface Settings {
    @Nullable String get(String name);
  }

  private final Settings properties;
  private final Settings environment;
  private final Path root;

  /** Searches this machine. */
  LibrarySearch() {
    this(System::getProperty, System::getenv, Path.of("/"));
  }

  /**
   * @param properties the system properties
   * @param environment the environment variables
   * @param root the folder that the usual folders are relative to
   */
  LibrarySearch(Settings properties, Settings environment, Path root) {
    this.properties = properties;
    this.environment = environment;
    this.root = root;
  }

  /**
   * The result of a search.
   *
   * @param library the absolute path of the file
   * @param by the setting or the kind of search that found it
   * @param tried all files that were tried, ending with the one found
   */
  record Found(Path library, String by, List<Path> tried) {}

  /**
   * Searches for the library.
   *
   * @param named the path set by the application, or null
   * @throws NativeLibraryException if there is none; the message contains every path that was tried
   */
  Found find(@Nullable Path named) {
    if (named != null) {
      return atConfiguredPath(named, "RkllmModel.Builder.library");
    }
    String property = properties.get(RuntimeChoice.LIBRARY_PROPERTY);
    if (property != null && !property.isEmpty()) {
      return atConfiguredPath(property, "system property " + RuntimeChoice.LIBRARY_PROPERTY);
    }
    String variable = environment.get(RuntimeChoice.LIBRARY_VARIABLE);
    if (variable != null && !variable.isEmpty()) {
      return atConfiguredPath(variable, "environment variable " + RuntimeChoice.LIBRARY_VARIABLE);
    }
    List<Path> tried = new ArrayList<>();
    for (Path folder : folders()) {
      Path candidate = folder.resolve(FILE_NAME);
      tried.add(candidate);
      if (Files.exists(candidate)) {
        return new Found(candidate, "search of the usual folders", tried);
      }
    }
    throw notFound(
        "no " + FILE_NAME + " was found",
        tried,
        "install the vendor's library in /usr/lib, or set its path with RkllmModel.Builder.library,"
            + " the system property "
            + RuntimeChoice.LIBRARY_PROPERTY
            + " or the environment variable "
            + RuntimeChoice.LIBRARY_VARIABLE,
        null);
  }

  /**
   * Returns the folders to search if no location is configured: the usual ones, then those of the
   * loader.
   */
  Set<Path> folders() {
    Set<Path> folders = new LinkedHashSet<>();
    for (String folder : USUAL_FOLDERS) {
      folders.add(root.resolve(folder));
    }
    folders.addAll(new LoaderFolders(root, environment.get("LD_LIBRARY_PATH")).list());
    return folders;
  }

  private Found atConfiguredPath(String place, String by) {
    try {
      return atConfiguredPath(Path.of(place), by);
    } catch (InvalidPathException e) {
      throw notFound(
          "\"" + place + "\" (" + by + ") is not a path",
          List.of(),
          "correct it: " + e.getMessage(),
          null);
    }
  }

  private static Found atConfiguredPath(Path place, String by) {
    Path absolute = place.toAbsolutePath().normalize();
    Path file = Files.isDirectory(absolute) ? absolute.resolve(FILE_NAME) : absolute;
    if (!Files.exists(file)) {
      throw notFound(
          "there is no library in the location set by " + by,
          List.of(file),
          "correct the path, or unset it to search the usual folders",
          file);
    }
    return new Found(file, by, List.of(file));
  }

  private static NativeLibraryException notFound(
      String finding, List<Path> tried, String remedy, @Nullable Path where) {
    StringBuilder message = new StringBuilder(finding);
    if (!tried.isEmpty()) {
      message.append("; tried:");
      tried.forEach(path -> message.append("\n  ").append(path));
      message.append("\n");
    } else {
      message.append(". ");
    }
    message.append("To fix this: ").append(remedy).append(".");
    return new NativeLibraryException(message.toString(), where, null);
  }
}
