package io.rkllm.examples.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class DemonstrationModel {
  private DemonstrationModel() {}

  /** The demonstration model without its pauses, as a file in a folder. */
  static Path fast(Path folder) throws IOException {
    String demonstration = Files.readString(Simulator.demonstrationModel());
    String fast =
        demonstration.replaceAll("(?m)^(prefill-ms|prefill-ms-per-token|decode-ms): .*$", "$1: 0");
    assertThat(fast).isNotEqualTo(demonstration);
    return Files.writeString(folder.resolve("fast.rkllm"), fast);
  }
}
