package io.rkllm.ffm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** LoRA adapter files of the simulator, for the models of {@link ModelFile}. */
final class Lora {
  private Lora() {}

  /** A file that fits. */
  static Path in(Path folder) {
    return in(folder, 1);
  }

  /** One of several that differ in what they do. */
  static Path in(Path folder, int seed) {
    try {
      return Files.writeString(
          Files.createTempFile(folder, "adapter", ".lora"),
          "RKLLM-SIMULATOR-LORA 1\nfor: test\nseed: " + seed + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
