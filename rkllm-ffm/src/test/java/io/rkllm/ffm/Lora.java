package io.rkllm.ffm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** LoRA adapter files of the simulator, for the models of {@link ModelFile}. */
final class Lora {
  private Lora() {}

  /** Returns a valid adapter file. */
  static Path in(Path folder) {
    return in(folder, 1);
  }

  /** Returns an adapter file whose effect depends on the seed. */
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
