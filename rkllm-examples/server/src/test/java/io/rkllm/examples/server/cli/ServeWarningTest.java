package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The warnings that a server logs when it starts on all interfaces. */
@Tag("not-emulated")
@Timeout(120)
class ServeWarningTest {
  private static final String WARNING = "without a key";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, false, 1",
    "::, false, 1",
    "0.0.0.0, true, 0",
    "127.0.0.1, false, 0",
    "::1, false, 0"
  })
  void serve_withoutAKeyBeyondLoopback_warnsOnce(String host, boolean key, int warnings)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--host", host));
    arguments.addAll(List.of("--models", folder.toString()));
    if (key) {
      Path file = Files.writeString(folder.resolve("key"), "secret");
      arguments.addAll(List.of("--key-file", file.toString()));
    }
    try (ProgramProcess program = ProgramProcess.start(arguments.toArray(String[]::new))) {
      program.awaitOutput("The chat page is at");
      program.signal("TERM");

      assertThat(program.exit()).isZero();
      assertThat(program.errors().split(WARNING, -1)).hasSize(1 + warnings);
      assertThat(program.output()).doesNotContain(WARNING);
    }
  }
}
