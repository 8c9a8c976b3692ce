package io.rkllm.spring;

import io.rkllm.spring.app.Application;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.springframework.boot.loader.tools.Library;
import org.springframework.boot.loader.tools.LibraryScope;
import org.springframework.boot.loader.tools.Repackager;

/** Packs {@link Application} as the plugins of Spring Boot do. */
final class ExecutableJar {
  /** Jars of the tests that no application has. */
  private static final List<String> OF_TESTS =
      List.of(
          "junit",
          "opentest4j",
          "apiguardian",
          "assertj",
          "byte-buddy",
          "spring-test",
          "spring-boot-test",
          "spring-boot-loader-tools",
          "spring-ai-test",
          "slf4j-simple");

  private ExecutableJar() {}

  /** Writes the jar of the application, which allows native access in its manifest. */
  static Path write(Path folder) throws IOException {
    Path classes = root();
    Path plain = folder.resolve("plain.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Enable-Native-Access", "ALL-UNNAMED");
    pack(classes, classes.resolve("io/rkllm/spring/app"), manifest, plain);

    Path executable = folder.resolve("application.jar");
    Repackager repackager = new Repackager(plain.toFile());
    repackager.setMainClass(Application.class.getName());
    List<File> libraries = libraries(folder, classes);
    repackager.repackage(
        executable.toFile(),
        callback -> {
          for (File library : libraries) {
            callback.library(new Library(library, LibraryScope.COMPILE));
          }
        });
    return executable;
  }

  private static Path root() {
    try {
      URI location = Application.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return Path.of(location);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static List<File> libraries(Path folder, Path testClasses) throws IOException {
    Map<String, File> libraries = new LinkedHashMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      String name = path.getFileName().toString();
      if (path.equals(testClasses)
          || path.endsWith("test-classes")
          || path.endsWith(Path.of("test", "resources"))
          || OF_TESTS.stream().anyMatch(name::startsWith)) {
        continue;
      }
      if (Files.isDirectory(path)) { // another module of the build
        Path jar = folder.resolve("module-" + libraries.size() + ".jar");
        pack(path, path, new Manifest(), jar);
        libraries.put(jar.toString(), jar.toFile());
      } else if (Files.exists(path)) {
        libraries.putIfAbsent(name, path.toFile());
      }
    }
    return List.copyOf(libraries.values());
  }

  private static void pack(Path root, Path content, Manifest manifest, Path jar)
      throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> files = Files.walk(content)) {
      files
          .filter(Files::isRegularFile)
          .filter(path -> !path.endsWith("MANIFEST.MF"))
          .forEach(
              path -> {
                try {
                  out.putNextEntry(new ZipEntry(root.relativize(path).toString()));
                  Files.copy(path, out);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
