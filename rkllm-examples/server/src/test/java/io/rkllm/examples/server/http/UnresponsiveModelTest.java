package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.model.ModelPool;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

  /** The monitor does not replace the models here; all other ways to unload them are the same. */
  @Test
  void hungRun_modelIsUnloadedInAnyWay_isAbandonedAndNotRecoveringAnyMore() throws Exception {
    String script = SCRIPT.replace("25000", "60000");
    try (SimulatedServer server =
        SimulatedServer.start(
                folder,
                options -> options.timeout(Duration.ofSeconds(25)), // shorter than a hanging close
                options -> options.hangTimeout(Duration.ofMinutes(10)).maxModels(3))
            .with("victim", script)
            .with("unloaded", script)
            .with("idle", script)
            .with("other", script)) {
      ModelPool pool = server.server().engine().pool();
      for (String model : List.of("victim", "unloaded", "idle")) {
        try (RawClient hung = new RawClient(server.server().address()).ask(model, "hang", true)) {
          hung.readUntil("one");
          hung.vanish();
        }
        await().until(() -> pool.requests(model) == 0);
      }
      await().atMost(LONG).until(() -> pool.health().recovering().size() == 3);

      HttpResponse<String> other = chat(server, "other", "hi");
      assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
      assertThat(pool.health().recovering()).containsExactlyInAnyOrder("unloaded", "idle");
      assertThat(pool.unload("unloaded")).isTrue();
      pool.lease("idle", Duration.ZERO, LONG).close();

      await().atMost(LONG).until(() -> server.get("/ready").statusCode() == 200);
      assertThat(server.get("/ready").body()).contains("\"abandoned\":3");
      assertThat(server.get("/metrics").body())
          .contains("rkllm_models_abandoned 3.0", "rkllm_models_unresponsive 0.0");
      await().atMost(LONG).until(() -> pool.health().abandoned() == 0);
    }
  }

  @Test
  void load_hangs_isReported() {
    try (SimulatedServer server =
        SimulatedServer.start(
                folder,
                options -> options,
                options -> options.loadTimeout(Duration.ofMillis(50)).maxModels(1))
            .with("slow", "load-ms: 15000\nwhen: *\nsay: ho")
            .with("other", SCRIPT)) {
      assertThat(chat(server, "slow", "hi").statusCode()).isEqualTo(500);

      HttpResponse<String> ready = server.get("/ready");
      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body())
          .contains("\"status\":\"load_hangs\"", "\"hanging_loads\":[\"slow\"]");
      assertThat(server.get("/metrics").body()).contains("rkllm_models_loads_hanging 1.0");
      assertThat(chat(server, "other", "hi").body()).contains("--max-models", "loading slow");
      await().atMost(LONG).until(() -> server.get("/ready").statusCode() == 200);
    }
  }
}
