package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Native runs that do not return when they are stopped. */
@Timeout(120)
final class UnresponsiveModelTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** The hang ends at last, since a hung thread would keep this JVM from ending in order. */
  private static final String SCRIPT =
      """
      when: hang
      fault: hang-at 2 25000
      say: one two three four five
      when: *
      say: ho
      """;

  @TempDir Path folder;

  private SimulatedServer start(Duration timeout) {
    return SimulatedServer.start(
            folder,
            options -> options.timeout(timeout),
            options -> options.hangTimeout(Duration.ZERO))
        .with("m", SCRIPT)
        .with("other", SCRIPT);
  }

  private static HttpResponse<String> chat(SimulatedServer server, String model, String question) {
    return server.post(
        "/v1/chat/completions",
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(model, question));
  }

  @Test
  void hungRun_modelIsReplaced_andThoseThatWaitAreAnswered() throws Exception {
    try (SimulatedServer server = start(LONG)) {
      CompletableFuture<HttpResponse<String>> waiting;
      CompletableFuture<HttpResponse<String>> embedding;
      try (RawClient hung = new RawClient(server.server().address()).ask("m", "hang", true)) {
        hung.readUntil("one");
        waiting = CompletableFuture.supplyAsync(() -> chat(server, "m", "hi"));
        embedding =
            CompletableFuture.supplyAsync(
                () -> server.post("/v1/embeddings", "{\"model\":\"m\",\"input\":\"hi\"}"));
        await().until(() -> server.server().engine().pool().requests("m") == 3);
        hung.vanish();
      }

      await().atMost(LONG).until(() -> server.get("/ready").statusCode() == 503);
      assertThat(server.get("/ready").body()).contains("\"recovering\"");
      assertThat(chat(server, "other", "hi").body()).contains("ho");
      assertThat(waiting.get().statusCode()).as(waiting.get().body()).isEqualTo(200);
      assertThat(waiting.get().body()).contains("ho");
      assertThat(embedding.get().statusCode()).as(embedding.get().body()).isEqualTo(200);
      assertThat(server.get("/metrics").body())
          .contains("rkllm_model_replacements_total 1.0", "rkllm_models_abandoned 1.0");
      await().atMost(LONG).until(() -> server.get("/ready").statusCode() == 200);
      assertThat(chat(server, "m", "hi").body()).contains("ho");
      assertThat(server.server().engine().pool().loads()).isEqualTo(3);
      await() // native code has returned at last, and its model was freed
          .atMost(LONG)
          .until(() -> server.get("/metrics").body().contains("rkllm_models_abandoned 0.0"));
    }
  }

  @Test
  void hungRun_requestsEndAtTheirOwnLimit() throws Exception {
    try (SimulatedServer server = start(Duration.ofSeconds(2))) {
      HttpResponse<String> hung = chat(server, "m", "hang");

      assertThat(hung.statusCode()).as(hung.body()).isEqualTo(504);
      assertThat(server.server().engine().pool().health().recovering()) // not that late
          .isEmpty();
      assertThat(chat(server, "m", "hi").statusCode()).isEqualTo(504);
      await().atMost(LONG).until(() -> server.server().engine().pool().replacements() == 1);
      await().atMost(LONG).until(() -> chat(server, "m", "hi").statusCode() == 200);
      await().atMost(LONG).until(() -> server.server().engine().pool().health().abandoned() == 0);
    }
  }
}
