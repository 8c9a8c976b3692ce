package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application is packed, started by {@code java -jar}, asked, and stopped by a signal. */
@Tag("not-emulated")
class ExecutableJarTest {
  private static final int SIGTERM_STATUS = 128 + 15;

  @TempDir private static Path folder;
  private static Path jar;

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void pack() throws IOException {
    jar = ExecutableJar.write(folder);
  }

  @Test
  void sigterm_duringAnAnswer_letsItEnd() throws Exception {
    try (App app = new App()) {
      assertThat(get(app, "/ask?q=hello")).isEqualTo("Hello, how can I help you?");
      assertThat(get(app, "/actuator/health")).contains("\"rkllm\"", "\"runtime\":\"1.3.1\"");
      assertThat(get(app, "/actuator/metrics/gen_ai.client.token.usage")).contains("input");

      try (Stream<String> lines = stream(app, "Tell me a long story")) {
        Iterator<String> answer = lines.iterator();
        List<String> events = new ArrayList<>(List.of(answer.next()));
        app.terminate();
        answer.forEachRemaining(events::add);
        events.removeIf(String::isEmpty);

        assertThat(events).hasSize(301).endsWith("data:finish:STOP");
      }
      assertThat(app.end()).contains("Closed assistant.rkllm");
      assertThat(app.process.waitFor()).isEqualTo(SIGTERM_STATUS);
    }
  }

  @Test
  void sigterm_withTooLittleTimeForAnAnswer_failsIt() throws Exception {
    try (App app =
        new App(
            "--spring.lifecycle.timeout-per-shutdown-phase=1ms",
            "--spring.ai.rkllm.context-length=16384")) {
      List<String> events = new ArrayList<>();
      try (Stream<String> lines = stream(app, "Tell me an endless story")) {
        Iterator<String> answer = lines.iterator();
        events.add(answer.next());
        app.terminate();
        answer.forEachRemaining(events::add);
      } catch (UncheckedIOException e) {
        events.add("the connection was closed");
      }

      assertThat(events).noneMatch(event -> event.contains("finish:"));
      assertThat(app.end()).contains("Closed assistant.rkllm");
      assertThat(app.process.waitFor()).isEqualTo(SIGTERM_STATUS);
    }
  }

  /** The jars that the child needs are inside the application's jar. */
  @Test
  void isolated_modelLivesInAChildProcess() throws Exception {
    try (App app = new App("--spring.ai.rkllm.isolated=true");
        Stream<ProcessHandle> children = app.process.children()) {
      assertThat(get(app, "/ask?q=hello")).isEqualTo("Hello, how can I help you?");
      assertThat(children).hasSize(1);
    }
  }

  private Stream<String> stream(App app, String question) throws Exception {
    return client
        .send(request(app, "/stream?q=" + encoded(question)), BodyHandlers.ofLines())
        .body();
  }

  private String get(App app, String path) throws Exception {
    HttpResponse<String> response = client.send(request(app, path), BodyHandlers.ofString());
    return response.body();
  }

  private static HttpRequest request(App app, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + app.port + path)).build();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** A running application. */
  private static final class App implements AutoCloseable {
    final Process process;
    final int port;
    private final BufferedReader output;

    App(String... arguments) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "--illegal-native-access=deny", // the manifest has to allow it
              "-jar",
              jar.toString(),
              "--server.port=0",
              "--management.endpoints.web.exposure.include=*",
              "--management.endpoint.health.show-details=always",
              "--spring.ai.rkllm.model=" + Simulated.file(),
              "--spring.ai.rkllm.library=" + Simulated.library(),
              "--spring.ai.rkllm.chat-format=qwen3"));
      command.addAll(List.of(arguments));
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      output = process.inputReader();
      StringBuilder read = new StringBuilder();
      String line = output.readLine();
      while (line != null && !line.startsWith("port ")) {
        read.append(line).append('\n');
        line = output.readLine();
      }
      assertThat(line).as(read.toString()).isNotNull();
      port = Integer.parseInt(line.substring("port ".length()));
    }

    /** Sends SIGTERM. Leaves the output open, which {@code Process.destroy} would close. */
    void terminate() {
      process.toHandle().destroy();
    }

    /** Returns the rest of the output. */
    String end() throws IOException {
      return output.readAllAsString();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
