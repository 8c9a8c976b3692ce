package io.rkllm.examples.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model file for the simulator, without pauses unless a line asks for some. */
final class TestModel {
  private static final String HEAD =
      """
      RKLLM-SIMULATOR-MODEL 1
      name: test
      platform: RK3588
      context-limit: 4096
      prefill-ms: 0
      prefill-ms-per-token: 0
      decode-ms: 0
      cut: chars
      """;

  private TestModel() {}

  /** Writes a model with these rules. */
  static Path write(Path folder, String rules) throws IOException {
    return Files.writeString(folder.resolve("test.rkllm"), HEAD + "\n" + rules);
  }
}
