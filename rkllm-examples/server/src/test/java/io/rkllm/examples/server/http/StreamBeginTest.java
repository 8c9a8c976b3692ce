package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The time at which streamed responses begin, in all dialects. */
@Timeout(60)
final class StreamBeginTest {
  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(
                folder,
                options -> options.heartbeat(Duration.ofMinutes(1)), // longer than the test
                options -> options)
            .with(
                "m",
                """
                when: slow
                prefill-ms: 3000
                say: at last

                when: fail
                prefill-ms: 100
                say: never
                fault: error-at 0
                """);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String body(String path, String text) {
    String question =
        switch (path) {
          case "/v1/responses" -> "\"input\":\"" + text + "\"";
          case "/v1/completions", "/api/generate" -> "\"prompt\":\"" + text + "\"";
          default -> "\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]";
        };
    return "{\"model\":\"m\",\"stream\":true," + question + "}";
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, text/event-stream",
    "/v1/completions, text/event-stream",
    "/v1/responses, text/event-stream",
    "/api/chat, application/x-ndjson",
    "/api/generate, application/x-ndjson",
    "/generate, text/event-stream",
    "/rkllm_chat, text/plain"
  })
  void headers_areSentBeforeThePromptIsProcessed(String path, String contentType) throws Exception {
    String slow = body(path, "slow");
    try (RawClient client = new RawClient(server.server().address()).post(path, slow);
        RawClient queued = new RawClient(server.server().address()).post(path, slow)) {
      assertThat(queued.readUntil("\r\n\r\n"))
          .startsWith("HTTP/1.1 200")
          .contains("Content-Type: " + contentType);
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
      assertThat(server.get("/metrics").body()).doesNotContain("gen_ai_client_token_usage");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, data: {\"error\":{",
    "/v1/completions, data: {\"error\":{",
    "/v1/responses, event: response.failed",
    "/api/chat, {\"error\":",
    "/api/generate, {\"error\":",
    "/generate, data: {\"error\":",
    "/rkllm_chat, {\"status\":\"error\""
  })
  void failureBeforeTheFirstToken_isTheLastPiece(String path, String piece) {
    HttpResponse<String> response = server.post(path, body(path, "fail"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains(piece);
  }

  /** The runtime alone can count the tokens of this prompt, and rejects it. */
  @Test
  void promptThatMayBeTooLong_isStillRejectedByStatus() {
    HttpResponse<String> response =
        server.post("/v1/chat/completions", body("/v1/chat/completions", "word ".repeat(6_000)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("context_length_exceeded");
  }
}
