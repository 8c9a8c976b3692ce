package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import io.rkllm.spi.RuntimeProvider;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
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
 * @param command the options and the main class or module
 */
record HostClasses(List<String> command) {
  /** Properties that are the same in the child, as are those that begin with {@code rkllm.}. */
  private static final List<String> PASSED_ON = List.of("java.io.tmpdir", "java.library.path");

  static List<String> properties() {
    List<String> set = new ArrayList<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      if (PASSED_ON.contains(name) || name.startsWith("rkllm.")) {
        set.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    return set;
  }

  /**
   * Finds the classes.
   *
   * @param folder where jars inside a jar are copied to; it may be deleted once the child has
   *     connected
   * @throws NativeLibraryException if they cannot be handed on
   */
  static HostClasses find(Path folder) throws IOException {
    Class<?> provider = providerType();
    Set<String> files = new LinkedHashSet<>();
    Set<String> modules = new LinkedHashSet<>();
    for (Class<?> needed :
        List.of(HostProcess.class, RuntimeProvider.class, LoggerFactory.class, provider)) {
      URL location = location(needed);
      if (location.getProtocol().equals("jrt")) {
        modules.add(needed.getModule().getName());
      } else {
        files.add(file(location, folder).toString());
      }
    }
    List<String> command = new ArrayList<>();
    if (modules.isEmpty()) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.addAll(List.of("-cp", String.join(File.pathSeparator, files)));
      command.add(HostProcess.class.getName());
    } else {
      if (!files.isEmpty()) {
        command.addAll(List.of("--module-path", String.join(File.pathSeparator, files)));
      }
      command.add("--enable-native-access=" + provider.getModule().getName());
      command.add("--add-modules=" + provider.getModule().getName());
      command.addAll(
          List.of(
              "-m", HostProcess.class.getModule().getName() + "/" + HostProcess.class.getName()));
    }
    command.add(provider.getName());
    return new HostClasses(command);
  }

  /** Returns the type of the runtime that this process would use. */
  private static Class<?> providerType() {
    return ServiceLoader.load(RuntimeProvider.class, Thread.currentThread().getContextClassLoader())
        .stream()
        .findFirst()
        .or(
            () ->
                ServiceLoader.load(RuntimeProvider.class, RuntimeProvider.class.getClassLoader())
                    .stream()
                    .findFirst())
        .orElseThrow(
            () ->
                new NativeLibraryException(
                    "no runtime was found on the class path or module path; add the dependency"
                        + " io.rkllm:rkllm-ffm",
                    null,
                    null))
        .type();
  }

  private static URL location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      throw new NativeLibraryException(
          "no child process can be started, because the class loader of "
              + type.getName()
              + " does not say where it is; load the SDK from files, or load the model without"
              + " isolation",
          null,
          null);
    }
    return source.getLocation();
  }

  private static Path file(URL location, Path folder) throws IOException {
    if (location.getProtocol().equals("file")) {
      return Path.of(URI.create(location.toString().replace(" ", "%20")));
    }
    URL jar =
        location.openConnection() instanceof JarURLConnection nested
            ? nested.getJarFileURL()
            : location;
    Path copy = Files.createTempFile(folder, "nested", ".jar");
    try (InputStream bytes = jar.openStream()) {
      Files.delete(copy);
      long _ = Files.copy(bytes, copy);
    }
    return copy;
  }
}
