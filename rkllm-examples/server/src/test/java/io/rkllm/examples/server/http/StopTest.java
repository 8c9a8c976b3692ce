package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelStore;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops during answers. */
@Timeout(60)
class StopTest {
  @TempDir Path folder;

  private SimulatedServer start(Duration grace) {
    return SimulatedServer.start(folder, options -> options.stopGrace(grace), it -> it)
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
  void close_graceTooShort_streamEndsWithAnError() throws Exception {
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

  @Test
  void close_requestThatDoesNotEnd_stillUnloadsTheModels() {
    SimulatedServer.write(folder, "m", "", "when: hi\nsay: Hello");
    ModelPool pool =
        new ModelPool(new ModelStore(folder, List.of()), new ModelLoader(LoadOptions.defaults()));
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Void> released = new CompletableFuture<>();
    Routes stuck =
        routes ->
            routes.get(
                "/stuck",
                _ -> {
                  begun.complete(null);
                  released.join(); // as one that waits for a model to be loaded
                });
    RkllmServer server =
        RkllmServer.start(
            ServerOptions.builder().port(0).stopGrace(Duration.ZERO).build(),
            new Engine(pool, Duration.ofSeconds(1)),
            _ -> List.of(stuck));
    try (HttpClient client = HttpClient.newHttpClient()) {
      var response =
          client.sendAsync(
              HttpRequest.newBuilder(server.address().resolve("/stuck")).build(),
              BodyHandlers.discarding());
      begun.join();

      server.close();

      assertThatThrownBy(() -> pool.lease("m", null, Duration.ofSeconds(30)))
          .hasMessageContaining("stopping");
      released.complete(null);
      response.cancel(true);
      client.shutdownNow();
    }
  }
}
