package io.rkllm.ffm;

import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeIsolation;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;

/** The simulated runtimes, one per ABI, and intentionally invalid libraries. */
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

  /** Returns the ABI of its release. */
  Abi layout() {
    return switch (this) {
      case V1_2 -> Abi12.INSTANCE;
      case V1_3 -> Abi13.V1_3_0;
      case V1_3_1 -> Abi13.V1_3_1;
    };
  }

  /** Returns whether it is a 1.3 release, with the features added in 1.3. */
  boolean is13() {
    return this != V1_2;
  }

  /** Returns the library file. */
  Path library() {
    return built("simulator").resolve(abi).resolve("librkllmrt.so");
  }

  /** Returns the runtime, which is shared by all tests of this JVM. */
  InferenceRuntime runtime() {
    return open(library());
  }

  /**
   * Returns a copy of the library, which is loaded separately and has its own ledger, for tests
   * that leave resources behind.
   */
  Path copyIn(Path folder) throws IOException {
    return Files.copy(library(), Files.createTempDirectory(folder, "lib").resolve("librkllmrt.so"));
  }

  /** Opens the runtime of a library. */
  static InferenceRuntime open(Path library) {
    return provider().open(new RuntimeOptions(library, null, false));
  }

  /**
   * Returns the runtime to test: that of this module, or, with the system property {@code
   * rkllm.test.isolated}, one that reaches it in child processes. The tests of rkllm-host set it.
   */
  static RuntimeProvider provider() {
    return Boolean.getBoolean("rkllm.test.isolated")
        ? ServiceLoader.load(RuntimeIsolation.class).findFirst().orElseThrow().inChildProcess()
        : new FfmRuntimeProvider();
  }

  /** Returns a library that cannot be used. */
  static Path stub(String name) {
    return built("stubs").resolve(name).resolve("librkllmrt.so");
  }

  /** Returns the golden layout file. */
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
