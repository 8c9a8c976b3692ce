package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpRequest;
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

/** The limits of the server, and the error messages beyond them. */
@Timeout(60)
class LimitsTest {
  /** Beyond what a double can be. */
  private static final String NINES =
      "99999999999999999999999999999999999999999999999999999999999999999999999999999999"
          + "99999999999999999999999999999999999999999999999999999999999999999999999999999999"
          + "99999999999999999999999999999999999999999999999999999999999999999999999999999999"
          + "99999999999999999999999999999999999999999999999999999999999999999999999999999999"
          + "99999999999999999999999999999999999999999999999999999999999999999999999999999999";

  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(
                folder,
                options -> options.maxBody(100_000).heartbeat(Duration.ofMillis(200)),
                options -> options.queueCapacity(1))
            .with(
                "m",
                """
                when: hi
                say: ho

                when: long
                decode-ms: 5
                repeat: 3000 "tick "

                when: fail
                fault: error-at 3
                say: one two three four five
                """);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> chat(String json) {
    return server.post("/v1/chat/completions", json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "§§ | JSON object",
        "nonsense | is not JSON",
        "{ | Unexpected end-of-input: expected close marker for Object (line 1, column 2)",
        "[] | JSON object",
        "{\"model\":\"m\"} | messages",
        "{\"model\":7,\"messages\":[]} | model must be a string",
        "{\"messages\":[]} | model is missing",
        "{\"model\":\"m\",\"messages\":{}} | messages must be an array",
        "{\"model\":\"m\",\"messages\":[]} | at least one",
        "{\"model\":\"m\",\"messages\":[3]} | messages[0] must be an object",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]} | messages[0].role",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]} | messages[0].content is missing",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]}"
            + " | messages[0].content[0].type",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\u0000b\"}]} | NUL",
        "{\"model\":\"m\",\"temperature\":\"hot\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | temperature must be a number",
        "{\"model\":\"m\",\"temperature\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | [0, 2]",
        "{\"model\":\"m\",\"temperature\":-"
            + NINES
            + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]} | [0, 2]",
        "{\"model\":\"m\",\"max_tokens\":-2,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | max_tokens must be in [1",
        "{\"model\":\"m\",\"model\":\"m\"} | is not JSON",
        "{\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a"
            + " b\"}}],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]} | name of a tool must"
            + " be",
        "{\"model\":\"m\",\"tool_choice\":\"required\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | needs tools",
        "{\"model\":\"m\",\"response_format\":{\"type\":\"xml\"},\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | response_format.type",
        "{\"model\":\"m\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"(?:(?:){2147483647}){2147483647}\"}}}}},\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | the pattern \"(?:(?:){2147483647}){2147483647}\" cannot be used",
        "{\"model\":\"m\",\"logprobs\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            + " | log-probabilities",
      })
  void chat_badRequest_isRefusedByNameAndWithoutAStackTrace(String json, String words) {
    HttpResponse<String> response = chat(json);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(Json.MAPPER.readTree(response.body()).at("/error/message").asString())
        .contains(words)
        .doesNotContain("Exception", "io.rkllm");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "/v1/chat/completions |"
            + " {\"model\":\"LONG\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        "/v1/chat/completions |"
            + " {\"model\":\"m\",\"messages\":[{\"role\":\"LONG\",\"content\":\"hi\"}]}",
        "/v1/chat/completions |"
            + " {\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"LONG\"}]}]}",
        "/v1/chat/completions |"
            + " {\"model\":\"m\",\"response_format\":{\"type\":\"LONG\"},\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        "/v1/chat/completions | {\"LONG\":nonsense}",
        "/v1/completions | {\"model\":\"LONG\",\"prompt\":\"hi\"}",
        "/v1/embeddings | {\"model\":\"LONG\",\"input\":\"hi\"}",
        "/api/chat | {\"model\":\"LONG\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        "/api/generate | {\"model\":\"LONG\",\"prompt\":\"hi\"}",
        "/api/generate | {\"model\":\"m\",\"prompt\":\"hi\",\"keep_alive\":\"LONG\"}",
        "/api/create | {\"model\":\"LONG\",\"from\":\"m\"}",
        "/api/create | {\"model\":\"n\",\"from\":\"LONG\"}",
        "/api/pull | {\"model\":\"LONG\"}",
        "/api/show | {\"model\":\"LONG\"}",
        "/rkllm_chat | {\"model\":\"LONG\",\"messages\":\"hi\"}",
        "/load_model | {\"model_name\":\"LONG\"}",
      })
  void request_withALongWrongValue_isAnsweredInShort(String path, String json) {
    HttpResponse<String> response = server.post(path, json.replace("LONG", "é".repeat(40_000)));

    assertThat(response.body()).as(path).hasSizeLessThan(6_000);
  }

  @Test
  void chat_unknownParametersWithLongNames_doNotFailTheAnswer() {
    HttpResponse<String> response =
        chat(
            "{\"model\":\"m\",\"%s\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                .formatted("x".repeat(40_000)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Rkllm-Ignored").orElseThrow()).hasSizeLessThan(1_100);
  }

  @Test
  void chat_unknownParameters_areNamedInAHeader() {
    HttpResponse<String> response =
        chat(
            "{\"model\":\"m\",\"seed\":3,\"ev\\n"
                + "il\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Rkllm-Ignored")).hasValue("ev?il, seed");
  }

  @Test
  void body_tooLarge_isRefused() {
    HttpResponse<String> response = chat("{\"model\":\"" + "m".repeat(200_000) + "\"}");

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(response.body()).contains("too large");
  }

  @Test
  void body_tooDeep_isRefused() {
    assertThat(chat("[".repeat(50_000)).statusCode()).isEqualTo(400);
  }

  @Test
  void header_tooLarge_isRefused() {
    HttpResponse<String> response =
        server.send(
            HttpRequest.newBuilder(server.uri("/v1/models")).header("X-Big", "x".repeat(100_000)));

    assertThat(response.statusCode()).isEqualTo(431);
    assertThat(response.body()).doesNotContain("Jetty", "org.eclipse");
  }

  @Test
  void request_notHttp_errorNamesNoLibrary() throws Exception {
    try (RawClient client = new RawClient(server.server().address()).send("nonsense\r\n\r\n")) {
      assertThat(client.readAll()).startsWith("HTTP/1.1 400").doesNotContain("Jetty");
    }
  }

  @Test
  void request_thatNeverEnds_isCutOff() throws Exception {
    try (SimulatedServer impatient =
            SimulatedServer.start(
                folder,
                options -> options.idleTimeout(Duration.ofMillis(700)),
                options -> options);
        RawClient client =
            new RawClient(impatient.server().address())
                .send(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length:"
                        + " 1000\r\n\r\n{")) {
      client.readAll(); // ends, because the server closes the connection
    }
  }

  @Test
  void queue_full_isTryAgainLater() throws Exception {
    try (RawClient running = new RawClient(server.server().address()).ask("m", "long", true);
        RawClient waiting = new RawClient(server.server().address())) {
      running.readUntil("tick");
      waiting.ask("m", "long", true);
      await().until(() -> server.server().activeRequests() == 2);

      HttpResponse<String> refused =
          chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }
  }

  @Test
  void stream_failureMidStream_isReportedInTheStream() {
    HttpResponse<String> response =
        chat(
            "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"fail\"}]}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"error\":{\"message\"").endsWith("data: [DONE]\n\n");
    assertThat(
            chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"fail\"}]}")
                .statusCode())
        .isEqualTo(500);
  }

  @Test
  void metrics_afterAllThat_haveThem() {
    chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    chat("{}");

    assertThat(server.get("/metrics").body())
        .contains(
            "gen_ai_server_time_to_first_token_seconds_count",
            "gen_ai_client_token_usage_sum",
            "rkllm_queue_wait_seconds",
            "rkllm_model_loads_total 1.0",
            "rkllm_requests_refused_total{code=\"invalid_value\"} 1.0")
        .doesNotContain("ho\"");
  }
}
