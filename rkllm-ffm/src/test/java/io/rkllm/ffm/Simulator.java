package io.rkllm.ffm;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The simulated runtimes, one per ABI, and the libraries that are wrong on purpose. */
enum Simulator {
  V1_2("1.2", "1.2.3"),
  V1_3("1.3", "1.3.0"),
  V1_3_1("1.3.1", "1.3.1");

  final String abi;
  final String release;

  Simulator(String abi, String release) {
    this.abi = abi;
    this.release = release;
  }

  /** The ABI that its release is called by. */
  Abi layout() {
    return switch (this) {
      case V1_2 -> Abi12.INSTANCE;
      case V1_3 -> Abi13.V1_3_0;
      case V1_3_1 -> Abi13.V1_3_1;
    };
  }

  /** Returns whether it is of the 1.3 line, with what that line added. */
  boolean is13() {
    return this != V1_2;
  }

  /** The library file. */
  Path library() {
    return built("simulator").resolve(abi).resolve("librkllmrt.so");
  }

  /** The runtime, which all tests of this JVM share. */
  InferenceRuntime runtime() {
    return open(library());
  }

  /**
   * A copy of the library, which is one more library with a ledger of its own: for tests that leave
   * something behind.
   */
  Path copyIn(Path folder) throws IOException {
    return Files.copy(library(), Files.createTempDirectory(folder, "lib").resolve("librkllmrt.so"));
  }

  /** The runtime of a library. */
  static InferenceRuntime open(Path library) {
    return new FfmRuntimeProvider().open(new RuntimeOptions(library, null, false));
  }

  /** A library that cannot be used. */
  static Path stub(String name) {
    return built("stubs").resolve(name).resolve("librkllmrt.so");
  }

  /** The golden layouts. */
  Path layouts() {
    return Path.of(System.getProperty("rkllm.test.models.dir", "../native/models"))
        .resolveSibling("abi")
        .resolve("abi-" + release + ".json");
  }

  private static Path built(String what) {
    Path folder =
        Path.of(System.getProperty("rkllm.test." + what + ".dir", "../native/target/" + what));
    if (!Files.isDirectory(folder)) {
      throw new IllegalStateException(
          folder.toAbsolutePath() + " is missing: run native/build.sh first");
    }
    return folder.toAbsolutePath();
  }
}
