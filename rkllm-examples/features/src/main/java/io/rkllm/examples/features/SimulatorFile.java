package io.rkllm.examples.features;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The models and adapters for use without a board: text files that only the simulator supports.
 * They are resources in this package's folder and are worth reading together with the programs.
 */
final class SimulatorFile {
  private SimulatorFile() {}

  /**
   * Copies a file, since native code cannot read from a jar. The copy is deleted when the JVM ends.
   */
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
