package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.ModelClosedException;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.model.ModelLease;
import io.rkllm.examples.server.model.ModelPool;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that is closed in the middle of an answer, which must not look complete then. */
@Timeout(60)
class ClosedModelTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          /v1/chat/completions | "messages":[{"role":"user","content":"count"}]
          /v1/completions      | "prompt":"count"
          /api/chat            | "messages":[{"role":"user","content":"count"}]
          /api/generate        | "prompt":"count"
          /generate            | "messages":"count"
          /rkllm_chat          | "messages":[{"role":"user","content":"count"}]
          """)
  void answer_modelIsClosedMeanwhile_failsAsIncomplete(String path, String fields) {
    for (boolean stream : new boolean[] {false, true}) {
      try (SimulatedServer server =
          SimulatedServer.start(folder).with("m", "when: *\ndecode-ms: 10\nrepeat: 3000 \"x \"")) {
        String body = "{\"model\":\"m\",\"stream\":%s,%s}".formatted(stream, fields);
        CompletableFuture<HttpResponse<String>> answer =
            CompletableFuture.supplyAsync(() -> server.post(path, body));
        await().until(ClosedModelTest::generates);

        server.server().engine().pool().close();

        assertThat(answer.join().body())
            .as("%s", answer.join())
            .contains("closed before the answer had ended")
            .doesNotContain("\"stop\"");
        assertThat(answer.join().statusCode())
            .isIn(503, stream ? 200 : 503); // a stream without a token yet has not begun
      }
    }
  }

  /** The response begins with the first heartbeat, so the second answer waits by then. */
  @Test
  void answerThatWaits_modelIsClosedMeanwhile_streamsTheFailure() throws Exception {
    try (SimulatedServer server =
        SimulatedServer.start(folder).with("m", "when: *\ndecode-ms: 10\nrepeat: 3000 \"x \"")) {
      String body = "{\"model\":\"m\",\"stream\":%s,\"prompt\":\"count\"}";
      CompletableFuture<HttpResponse<String>> first =
          CompletableFuture.supplyAsync(
              () -> server.post("/v1/completions", body.formatted(false)));
      await().until(ClosedModelTest::generates);
      HttpResponse<Stream<String>> second =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(server.uri("/v1/completions"))
                      .POST(BodyPublishers.ofString(body.formatted(true)))
                      .build(),
                  BodyHandlers.ofLines());

      server.server().engine().pool().close();

      assertThat(second.body())
          .anyMatch(line -> line.contains("error") && line.contains("closed before"))
          .noneMatch(line -> line.contains("\"stop\""));
      assertThat(first.join().statusCode()).isEqualTo(503);
    }
  }

  /** The model is like one whose process has ended, and which the pool has not closed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          /v1/chat/completions | "messages":[{"role":"user","content":"hi"}]
          /v1/completions      | "prompt":"hi"
          /v1/embeddings       | "input":"hi"
          /api/chat            | "messages":[{"role":"user","content":"hi"}]
          /api/generate        | "prompt":"hi"
          /generate            | "messages":"hi"
          /rkllm_chat          | "messages":[{"role":"user","content":"hi"}]
          """)
  void request_modelIsClosedBefore_isAnsweredByAFreshOne(String path, String fields) {
    try (SimulatedServer server = SimulatedServer.start(folder).with("m", "when: *\nsay: yes")) {
      ModelPool pool = server.server().engine().pool();
      try (ModelLease lease = pool.lease("m", null, Duration.ofSeconds(30))) {
        lease.model().model().close();
      }

      HttpResponse<String> response =
          server.post(path, "{\"model\":\"m\",\"stream\":false,%s}".formatted(fields));

      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(pool.loads()).isEqualTo(2);
    }
  }

  @Test
  void modelClosedException_isServiceUnavailable_inEveryState() {
    assertThat(ErrorMapper.map(new ModelClosedException("closed", "half")).status()).isEqualTo(503);
  }

  private static boolean generates() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().endsWith(".rkllm_run_fn"));
  }
}
