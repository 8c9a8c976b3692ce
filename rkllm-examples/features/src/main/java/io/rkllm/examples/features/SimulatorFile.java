package io.rkllm.examples.features;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What stands in for models and adapters where there is no board: text files that only the
 * simulator understands. They lie in this package's folder among the resources and are worth
 * reading beside the programs.
 */
final class SimulatorFile {
  private SimulatorFile() {}

  /** A copy of one of them, since native code cannot read from a jar; gone when the JVM ends. */
  static Path named(String name) {
    try (InputStream content = SimulatorFile.class.getResourceAsStream(name)) {
      Path folder = Files.createTempDirectory("rkllm-features-");
      folder.toFile().deleteOnExit();
      Path file = folder.resolve(name);
      file.toFile().deleteOnExit();
      Files.copy(Objects.requireNonNull(content, name), file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
