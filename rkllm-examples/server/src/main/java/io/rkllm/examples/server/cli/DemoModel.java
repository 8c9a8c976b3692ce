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

/** The demonstration model, which needs no board. */
final class DemoModel {
  /** The name of the model. */
  static final String NAME = "rkllm-demo";

  private DemoModel() {}

  /** Returns the model. Like Qwen 3, it thinks unless the prompt tells it not to. */
  static StoredModel model() {
    try {
      Path folder = Files.createTempDirectory(NAME);
      Path file = folder.resolve(NAME + ".rkllm");
      String script = Files.readString(Simulator.demonstrationModel());
      Files.writeString(file, script.replaceFirst("\n", "\nthinking: on\n"));
      folder.toFile().deleteOnExit();
      file.toFile().deleteOnExit(); // the last registered is deleted first
      Modelfile modelfile =
          Modelfile.parse(NAME, "FROM=" + file.getFileName() + "\nTEMPLATE=qwen3");
      return new StoredModel(NAME, folder, file, modelfile, Files.size(file), Instant.now());
    } catch (IOException e) {
      throw new UncheckedIOException("the demonstration model cannot be written", e);
    }
  }

  /** Returns the library of the simulator, which stands in for the NPU. */
  static Path library() {
    return Simulator.library(Release.V1_3_1);
  }
}
