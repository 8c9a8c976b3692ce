package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import io.rkllm.spi.RuntimeProvider;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The classes that a child needs: this module, core, SLF4J's API and a runtime, from where this
 * process has them. The child gets nothing else of the application's class path: no logging
 * backend, which would write to the same files, and no code that runs at start.
 *
 * <p>Files become the child's class path, whether they are on the class path, on the module path,
 * or in a class loader. Modules of a custom runtime image are run from that image. Jars inside a
 * jar are copied to the private folder.
 *
 * @param command the options, and the main class or module with its first argument
 */
record HostClasses(List<String> command) {
  /**
   * Finds the classes.
   *
   * @param provider the type of the runtime
   * @param folder where jars inside a jar are copied to; it may be deleted once the child has
   *     connected
   * @throws NativeLibraryException if they cannot be handed on
   */
  static HostClasses find(Class<?> provider, Path folder) {
    Set<String> modulePath = new LinkedHashSet<>();
    Set<String> classPath = new LinkedHashSet<>();
    boolean fromImage = false;
    for (Class<?> needed :
        List.of(HostProcess.class, RuntimeProvider.class, LoggerFactory.class, provider)) {
      URL location = location(needed);
      if (location.getProtocol().equals("jrt")) {
        fromImage = true;
      } else {
        Set<String> path = needed.getModule().isNamed() ? modulePath : classPath;
        boolean _ = path.add(file(needed, location, folder));
      }
    }
    if (!fromImage) {
      modulePath.addAll(classPath);
      return new HostClasses(onClassPath(modulePath, provider));
    }
    return new HostClasses(inImage(modulePath, classPath, provider));
  }

  private static List<String> onClassPath(Set<String> files, Class<?> provider) {
    return List.of(
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        String.join(File.pathSeparator, files),
        HostProcess.class.getName(),
        provider.getName());
  }

  private static List<String> inImage(
      Set<String> modulePath, Set<String> classPath, Class<?> provider) {
    List<String> command = new ArrayList<>();
    if (!modulePath.isEmpty()) {
      command.addAll(List.of("--module-path", String.join(File.pathSeparator, modulePath)));
    }
    if (!classPath.isEmpty()) {
      command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath)));
    }
    Module runtime = provider.getModule();
    if (runtime.isNamed()) {
      command.add("--add-modules=" + runtime.getName());
    }
    command.add(
        "--enable-native-access=" + (runtime.isNamed() ? runtime.getName() : "ALL-UNNAMED"));
    command.add("-m");
    command.add(HostProcess.class.getModule().getName() + "/" + HostProcess.class.getName());
    command.add(provider.getName());
    return command;
  }

  /** Returns the URL of the jar or folder with a class, or else that of the class itself. */
  private static URL location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location =
        source != null && source.getLocation() != null
            ? source.getLocation()
            : type.getResource("/" + fileName(type));
    if (location == null) {
      throw unavailable(type, "does not say where it is", null);
    }
    return location;
  }

  private static String fileName(Class<?> type) {
    return type.getName().replace('.', '/') + ".class";
  }

  private static String file(Class<?> type, URL location, Path folder) {
    Path file;
    try {
      file = location.getProtocol().equals("file") ? plain(location) : copy(location, folder);
    } catch (IOException e) {
      throw unavailable(type, "has it at " + location + ", which cannot be copied", e);
    }
    if (file.endsWith(fileName(type))) {
      int names = file.getNameCount() - Path.of(fileName(type)).getNameCount();
      file = Path.of("/").resolve(file.subpath(0, names));
    }
    if (file.toString().contains(File.pathSeparator)) {
      throw unavailable(
          type, "has it at " + file + ", and a path with a colon cannot be on a class path", null);
    }
    return file.toString();
  }

  private static Path plain(URL location) {
    try {
      return Path.of(location.toURI());
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Path.of(location.getPath()); // made without escaping spaces and the like
    }
  }

  /** Copies a jar that is not a file, or returns the jar's file if it is one. */
  private static Path copy(URL location, Path folder) throws IOException {
    URL jar =
        location.openConnection() instanceof JarURLConnection nested
            ? nested.getJarFileURL()
            : location;
    if (jar.getProtocol().equals("file")) {
      return plain(jar);
    }
    try (InputStream bytes = jar.openStream()) {
      Path copy =
          folder.resolve("nested" + Integer.toHexString(jar.toString().hashCode()) + ".jar");
      if (!Files.exists(copy)) {
        long _ = Files.copy(bytes, copy);
      }
      return copy;
    }
  }

  private static NativeLibraryException unavailable(
      Class<?> type, String problem, @Nullable Exception cause) {
    return new NativeLibraryException(
        "no child process can be started, because the class loader of "
            + type.getName()
            + " "
            + problem
            + "; load the SDK from files, or load the model without isolation",
        null,
        cause);
  }
}
