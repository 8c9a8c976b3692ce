package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** The model that needs no board. */
final class DemoModel {
  /** The name of the model. */
  static final String NAME = "rkllm-demo";

  private DemoModel() {}

  /** As Qwen 3 does, it thinks unless it is told not to: the prompts of that family tell it. */
  static StoredModel model() {
    try {
      Path folder = Files.createTempDirectory(NAME);
      Path file = folder.resolve(NAME + ".rkllm");
      String script = Files.readString(Simulator.demonstrationModel());
      Files.writeString(file, script.replaceFirst("\n", "\nthinking: on\n"));
      folder.toFile().deleteOnExit();
      file.toFile().deleteOnExit(); // the last one told of goes first
      Modelfile modelfile =
          Modelfile.parse(NAME, "FROM=" + file.getFileName() + "\nTEMPLATE=qwen3");
      return new StoredModel(NAME, folder, file, modelfile, Files.size(file), Instant.now());
    } catch (IOException e) {
      throw new UncheckedIOException("the demonstration model cannot be written", e);
    }
  }

  /** The runtime that stands in for the NPU. */
  static Path library() {
    return Simulator.library(Release.V1_3_1);
  }
}
