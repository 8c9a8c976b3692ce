package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops while answers are under way. */
@Timeout(60)
class StopTest {
  @TempDir Path folder;

  private SimulatedServer start(Duration grace) {
    return SimulatedServer.start(folder, options -> options.withStopGrace(grace), it -> it)
        .with("m", "when: count\ndecode-ms: 10\nrepeat: 100 \"tick \"");
  }

  @Test
  void close_graceIsLongEnough_streamEndsByItself() throws Exception {
    SimulatedServer server = start(Duration.ofSeconds(20));
    try (RawClient client = new RawClient(server.server().address()).ask("m", "count", true)) {
      client.readUntil("tick");
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);

      assertThat(client.readAll()).contains("\"finish_reason\":\"stop\"", "[DONE]");
      closed.get(20, TimeUnit.SECONDS);
    }
  }

  @RepeatedTest(10)
  void close_graceIsTooShort_streamIsCutInWords() throws Exception {
    SimulatedServer server = start(Duration.ofMillis(50));
    try (RawClient client = new RawClient(server.server().address()).ask("m", "count", true)) {
      client.readUntil("tick");
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);

      assertThat(client.readAll())
          .contains("the server is stopping", "[DONE]")
          .endsWith("\r\n0\r\n\r\n"); // the last chunk too
      closed.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void close_requestThatComesTooLateForAModel_isSentAway() {
    try (SimulatedServer server = start(Duration.ofSeconds(1))) {
      server.server().engine().pool().close(); // as it is in the moment between

      assertThat(
              server
                  .post(
                      "/v1/chat/completions",
                      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"count\"}]}")
                  .statusCode())
          .isEqualTo(503);
    }
  }

  @Test
  void close_newRequestsMeanwhile_areSentAway() throws Exception {
    SimulatedServer server = start(Duration.ofSeconds(20));
    try (RawClient client = new RawClient(server.server().address()).ask("m", "count", true)) {
      client.readUntil("tick");
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server.server()::close);

      await().until(() -> server.get("/ready").statusCode() == 503);
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
      client.readAll();
      closed.get(20, TimeUnit.SECONDS);
    }
    server.close();
  }
}
