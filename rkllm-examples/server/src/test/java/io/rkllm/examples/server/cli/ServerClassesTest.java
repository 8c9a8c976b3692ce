package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The libraries that a server loads only when they are used, since their classes take memory. */
@Tag("not-emulated")
@Timeout(60)
class ServerClassesTest {
  @TempDir Path folder;

  @Test
  void answer_loadsNeitherJmxNorTlsNorLibrariesOfOtherRequests() throws Exception {
    Path classes = folder.resolve("classes.log");
    SimulatedServer.write(folder, "m", "TEMPLATE=qwen3\n", "when: *\nsay: ho");
    try (ProgramProcess program =
            ProgramProcess.start(
                List.of(),
                List.of("-Xlog:class+load:file=" + classes),
                Map.of(),
                "serve",
                "--port",
                "0",
                "--models",
                folder.toString(),
                "--library",
                Simulator.library(Release.V1_3_1).toString());
        HttpClient client = HttpClient.newHttpClient()) {
      program.awaitOutput("The chat page is at ");
      URI address = URI.create(program.output().replace("The chat page is at ", "").strip());
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(address.resolve("v1/chat/completions"))
                  .POST(
                      BodyPublishers.ofString(
                          "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(response.body()).contains("ho");
    }

    assertThat(Files.readString(classes))
        .contains("io.rkllm.examples.server.chat.RunningAnswer ")
        .doesNotContain(
            " java.lang.management.ManagementFactory ",
            " javax.net.ssl.SSLContext ",
            " java.net.http.HttpClient ",
            " com.networknt.",
            " ai.djl.",
            " org.jline.");
  }
}
