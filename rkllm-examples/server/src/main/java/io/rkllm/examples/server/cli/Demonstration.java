package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.time.Instant;

/** The model that needs no board. */
final class Demonstration {
  /** What it is called. */
  static final String NAME = "rkllm-demo";

  private Demonstration() {}

  static StoredModel model() {
    Path file = Simulator.demonstrationModel();
    Modelfile modelfile = Modelfile.parse(NAME, "FROM=" + file.getFileName() + "\nTEMPLATE=qwen3");
    return new StoredModel(
        NAME, file.resolveSibling("."), file, modelfile, file.toFile().length(), Instant.now());
  }

  /** The runtime that stands in for the NPU. */
  static Path library() {
    return Simulator.library(Release.V1_3);
  }
}
