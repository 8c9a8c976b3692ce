package io.rkllm.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each curl line of the page about the server does what it says, in their order. */
@Timeout(300)
class CurlLinesTest {
  private static final Path PAGE = Path.of("..", "..", "docs", "server.md");

  /** A replacement for the hub. */
  private static final ModelSource SOURCE =
      (_, name, store, _) -> {
        String called = name == null ? "pulled" : name;
        SimulatedServer.write(store.folder(), called, "TEMPLATE=qwen3\n", Scripts.TALKER);
        return store.get(called);
      };

  @TempDir Path folder;

  @Test
  void page_eachCurlLine_works() throws IOException, InterruptedException {
    assumeTrue(run("curl --version").endsWith("\n0"), "there is no curl here");
    List<String> lines =
        Files.readString(PAGE).lines().filter(line -> line.startsWith("curl ")).toList();
    assertThat(lines).hasSizeGreaterThan(30);
    writeDemonstrationModel();
    try (SimulatedServer server = SimulatedServer.start(folder, SOURCE)) {
      String address = server.uri("/").getAuthority();
      for (String line : lines) {
        assertThat(line).contains("localhost:8080/");

        String answer = run(line.replace("localhost:8080", address) + " -sS -w '\\n%{http_code}'");

        assertThat(answer).as(line).endsWith("\n200\n0").doesNotContainPattern("\"error\":[^n]");
      }
    }
  }

  private void writeDemonstrationModel() throws IOException {
    Path place = Files.createDirectories(folder.resolve("rkllm-demo"));
    String model =
        Files.readString(Simulator.demonstrationModel())
            .replaceAll("(?m)^(prefill-ms|prefill-ms-per-token|decode-ms):.*$", "$1: 0");
    Files.writeString(place.resolve("demo.rkllm"), model);
    Files.writeString(place.resolve("Modelfile"), "FROM=\"demo.rkllm\"\nTEMPLATE=qwen3\n");
  }

  /** Returns the output of a command, followed by a line with its exit status. */
  private static String run(String command) throws IOException, InterruptedException {
    Process shell = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    shell.getOutputStream().close();
    String printed = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return printed + "\n" + shell.exitValue();
  }
}
