package io.rkllm.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the files as far as no reader is needed; rkllm-ffm's tests load and read them. */
final class SimulatorModelFileTest {
  private static final String SCRIPT = "RKLLM-SIMULATOR-MODEL 1\nwhen: *\nsay: yes\n";

  @TempDir private Path folder;

  @Test
  void write_aScript_beginsAndEndsLikeAModelFile() throws Exception {
    byte[] file =
        Files.readAllBytes(SimulatorModelFile.of(SCRIPT).write(folder.resolve("m.rkllm")));

    assertThat(file).startsWith(0xda, 0xee, 0xb3, 0x36, 3, 0, 0, 0);
    assertThat(new String(file, file.length - 28, 28, StandardCharsets.US_ASCII))
        .isEqualTo("rkllm-toolkit version: 1.3.1");
  }

  @Test
  void write_withASize_makesAFileOfThatSize() throws Exception {
    Path file = SimulatorModelFile.of(SCRIPT).size(5L << 30).write(folder.resolve("large.rkllm"));

    assertThat(file).hasSize(5L << 30);
  }

  @Test
  void of_textThatIsNoScript_isRefused() {
    assertThatThrownBy(() -> SimulatorModelFile.of("hello"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RKLLM-SIMULATOR-MODEL 1");
  }
}
