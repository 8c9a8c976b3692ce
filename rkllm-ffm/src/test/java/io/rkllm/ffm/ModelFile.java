package io.rkllm.ffm;

import io.rkllm.spi.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Model files of the simulator, written by tests. Each has a ledger of native operations. */
final class ModelFile {
  private final Path path;
  private final Path ledger;

  private ModelFile(Path path, Path ledger) {
    this.path = path;
    this.ledger = ledger;
  }

  /** Returns a model without delays; the lines are directives and rules. */
  static ModelFile in(Path folder, String... lines) {
    try {
      Path path = Files.createTempFile(folder, "model", ".rkllm");
      Path ledger = path.resolveSibling(path.getFileName() + ".ledger");
      String head =
          "RKLLM-SIMULATOR-MODEL 1\nname: test\nplatform: RK3588\ncontext-limit: 4096\nledger: "
              + ledger
              + "\n";
      Files.writeString(path, head + String.join("\n", lines) + "\n");
      return new ModelFile(path, ledger);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  /** Returns a configuration with the runtime's defaults. */
  ModelConfig config() {
    return ModelConfig.of(path);
  }

  /** Returns a builder for another configuration. */
  ModelConfig.Builder with() {
    return ModelConfig.builder(path);
  }

  /** Returns the last line of the ledger, which is written when a model is destroyed. */
  String ledger() {
    try {
      List<String> lines = Files.readAllLines(ledger);
      return lines.getLast();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
