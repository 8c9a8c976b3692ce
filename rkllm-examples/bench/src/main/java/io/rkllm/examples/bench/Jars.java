package io.rkllm.examples.bench;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * The class path of an installed program, which consists of jars as required by an AOT cache.
 * Folders of classes, which Maven uses, are packed into jars in a temporary folder, which {@link
 * #close} deletes.
 */
public final class Jars implements AutoCloseable {
  private final Path folder;

  /** Creates the temporary folder. */
  public Jars() throws IOException {
    folder = Files.createTempDirectory("rkllm-bench");
  }

  /** Returns the temporary folder. */
  public Path folder() {
    return folder;
  }

  /** Returns the jars that contain the given classes. */
  public String holding(Class<?>... classes) throws IOException, URISyntaxException {
    List<String> jars = new ArrayList<>();
    for (Class<?> type : classes) {
      Path source = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path jar = folder.resolve(type.getSimpleName() + ".jar");
      jars.add((Files.isDirectory(source) ? pack(source, jar) : source).toString());
    }
    return String.join(File.pathSeparator, jars);
  }

  private static Path pack(Path classes, Path jar) throws IOException {
    StringWriter words = new StringWriter();
    PrintWriter out = new PrintWriter(words);
    ToolProvider tool =
        ToolProvider.findFirst("jar").orElseThrow(() -> new IOException("this JDK has no jar"));
    int code =
        tool.run(out, out, "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
    if (code != 0) {
      throw new IOException("jar failed: " + words);
    }
    return jar;
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
