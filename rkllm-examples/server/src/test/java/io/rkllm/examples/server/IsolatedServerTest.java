package io.rkllm.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server whose models live in processes of their own. */
@Tag("not-emulated")
@Timeout(120)
class IsolatedServerTest {
  private static final String SCRIPT =
      """
      when: crash
      fault: crash 1
      say: one two

      when: hang
      fault: hang-at 1
      say: one two

      when: *
      say: I heard you.\
      """;

  @TempDir Path folder;

  private SimulatedServer start(Duration timeout) {
    SimulatedServer.write(folder, "m", "", SCRIPT);
    SimulatedServer.write(folder, "other", "", "when: *\nsay: I am here.");
    return SimulatedServer.start(
        folder, serving -> serving.timeout(timeout), loading -> loading.isolated(true));
  }

  @Test
  void chat_modelCrashes_thatRequestFails_theNextAndOtherModelsAnswer() {
    try (SimulatedServer server = start(Duration.ofMinutes(2))) {
      failOnce(server, "/v1/chat/completions", "crash", true);
    }
  }

  @Test
  void chat_modelHangs_thatRequestFails_theNextAndOtherModelsAnswer() {
    try (SimulatedServer server = start(Duration.ofSeconds(20))) {
      failOnce(server, "/v1/chat/completions", "hang", true);
    }
  }

  @Tag("soak")
  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, crash", "/v1/chat/completions, hang",
    "/api/chat, crash", "/api/chat, hang",
    "/generate, crash", "/generate, hang",
    "/rkllm_chat, crash", "/rkllm_chat, hang"
  })
  void chat_modelFailsInEachDialect_thatRequestFails_theNextAndOtherModelsAnswer(
      String path, String prompt) {
    try (SimulatedServer server = start(Duration.ofSeconds(20))) {
      failOnce(server, path, prompt, false);
      failOnce(server, path, prompt, true);
    }
  }

  private static void failOnce(SimulatedServer server, String path, String prompt, boolean stream) {
    assertThat(ask(server, path, "other", "hello", false).body()).contains("I am here.");

    HttpResponse<String> failed = ask(server, path, "m", prompt, stream);
    assertThat(failed.body()).contains("\"error\"");
    if (!stream) {
      assertThat(failed.statusCode()).isGreaterThanOrEqualTo(500);
    }
    assertThat(ask(server, path, "m", "hello", false).body()).contains("I heard you.");
    assertThat(ask(server, path, "other", "hello", false).body()).contains("I am here.");
  }

  private static HttpResponse<String> ask(
      SimulatedServer server, String path, String model, String text, boolean stream) {
    return server.post(
        path,
        """
        {"model": "%s", "stream": %s, "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted(model, stream, text));
  }
}
