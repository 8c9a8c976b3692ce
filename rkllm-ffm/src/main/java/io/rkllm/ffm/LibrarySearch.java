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
 * Where {@code librkllmrt.so} is looked for. Who names a place gets the library of that place or an
 * exception, never another one; without a name the usual folders are tried, then those of the
 * dynamic loader. Reads folders and text files only; opens no library. Immutable.
 */
final class LibrarySearch {
  static final String FILE_NAME = "librkllmrt.so";

  private static final List<String> USUAL_FOLDERS =
      List.of("usr/lib", "usr/lib/aarch64-linux-gnu", "usr/local/lib", "lib", "lib64");

  /** Values by name, where there are any. */
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
   * @param properties system properties by name
   * @param environment environment variables by name
   * @param root what usual folders are relative to
   */
  LibrarySearch(Settings properties, Settings environment, Path root) {
    this.properties = properties;
    this.environment = environment;
    this.root = root;
  }

  /**
   * What was found.
   *
   * @param library the file, absolute
   * @param by who named the place or what kind of place it is
   * @param tried all files that were looked for, the one found last
   */
  record Found(Path library, String by, List<Path> tried) {}

  /**
   * Finds the library.
   *
   * @param named the path that the program names, or null
   * @throws NativeLibraryException if there is none, with every path tried
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
        "install the vendor's library in /usr/lib, or name the file by RkllmModel.Builder.library,"
            + " the system property "
            + RuntimeChoice.LIBRARY_PROPERTY
            + " or the environment variable "
            + RuntimeChoice.LIBRARY_VARIABLE,
        null);
  }

  /** The folders that are searched when nobody names one: usual ones, then the loader's. */
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
          "there is no library at the place that " + by + " names",
          List.of(file),
          "correct the path, or unset it to have the usual folders searched",
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
    message.append("To go on: ").append(remedy).append(".");
    return new NativeLibraryException(message.toString(), where, null);
  }
}
