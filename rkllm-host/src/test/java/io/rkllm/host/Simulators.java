package io.rkllm.host;

import io.rkllm.RkllmModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The simulated runtimes, one per ABI, and model files for them. */
enum Simulators {
  V1_2("1.2"),
  V1_3("1.3"),
  V1_3_1("1.3.1");

  final String abi;

  Simulators(String abi) {
    this.abi = abi;
  }

  boolean is13() {
    return this != V1_2;
  }

  Path library() {
    Path folder =
        Path.of(System.getProperty("rkllm.test.simulator.dir", "../native/target/simulator"));
    return folder.toAbsolutePath().normalize().resolve(abi).resolve("librkllmrt.so");
  }

  /** Returns a builder for an isolated model that follows the given script. */
  RkllmModel.Builder isolated(Path folder, String... script) {
    return RkllmModel.builder(model(folder, script))
        .library(library())
        .contextLength(4096)
        .isolated();
  }

  /** Writes a model file; the lines are directives and rules. */
  static Path model(Path folder, String... script) {
    try {
      Path path = Files.createTempFile(folder, "model", ".rkllm");
      String head = "RKLLM-SIMULATOR-MODEL 1\nname: test\nplatform: RK3588\ncontext-limit: 4096\n";
      return Files.writeString(path, head + String.join("\n", script) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
