package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.examples.server.docs.Page.Block;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulator loads every whole model script in the documentation. */
class SimulatorScriptsTest {
  @TempDir private Path folder;

  static List<Block> scripts() {
    return Page.all().stream()
        .flatMap(page -> page.blocks("").stream())
        .filter(block -> block.code().startsWith("RKLLM-SIMULATOR-MODEL"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void script_ofAnyPage_isLoaded(Block block) throws IOException {
    Path file = Files.writeString(folder.resolve("script.rkllm"), block.code());
    try (RkllmModel model =
        RkllmModel.builder(file)
            .library(Simulator.library(Release.V1_3_1))
            .captureNativeOutput()
            .load()) {
      assertThat(model.generate("Hello").text()).isNotNull();
    }
  }
}
