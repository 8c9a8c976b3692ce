package io.rkllm.examples.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.hub.HuggingFaceHub;
import io.rkllm.examples.server.hub.ModelSource;
import io.rkllm.examples.server.hub.PullException;
import io.rkllm.examples.server.hub.PullProgress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Models that are pulled in the dialects of Ollama and RKLLama. */
@Timeout(60)
class PullTest {
  private static final String FILE = "someone/models/talker.rkllm";
  @TempDir Path folder;

  /** Tells of progress, and puts the model into the store by itself. */
  private static final ModelSource SOURCE =
      (reference, name, store, progress) -> {
        String called = name == null ? "talker" : name;
        progress.accept(new PullProgress(reference, 0, 200));
        progress.accept(new PullProgress(reference, 100, 200));
        progress.accept(new PullProgress(reference, 101, 200));
        progress.accept(new PullProgress(reference, 200, 200));
        SimulatedServer.write(store.folder(), called, "TEMPLATE=qwen3\n", Scripts.TALKER);
        return store.get(called);
      };

  private static final ModelSource BREAKS =
      (reference, _, _, progress) -> {
        progress.accept(new PullProgress(reference, 0, 200));
        throw new PullException("the hub has hung up");
      };

  private static final ModelSource REFUSES =
      (_, _, _, _) -> {
        throw new PullException("there is no such file");
      };

  @Test
  void pull_streamed_reportsProgress() {
    try (SimulatedServer server = SimulatedServer.start(folder, SOURCE)) {
      List<JsonNode> lines =
          Replies.lines(server.post("/api/pull", "{\"model\":\"" + FILE + "\"}"));

      assertThat(lines.getFirst().get("status").asString()).isEqualTo("pulling " + FILE);
      assertThat(lines.get(1).get("completed").asInt()).isEqualTo(100);
      assertThat(lines.get(1).get("total").asInt()).isEqualTo(200);
      assertThat(lines.get(1).get("digest").asString()).isNotEmpty();
      assertThat(lines.getLast().get("status").asString()).isEqualTo("success");
      assertThat(Replies.json(server.get("/api/tags")).at("/models/0/name").asString())
          .isEqualTo("talker:latest");
    }
  }

  @Test
  void pull_notStreamed_reportsSuccess() {
    try (SimulatedServer server = SimulatedServer.start(folder, SOURCE)) {
      HttpResponse<String> response =
          server.post("/api/pull", "{\"name\":\"" + FILE + "\",\"stream\":false}");

      assertThat(response.body()).isEqualTo("{\"status\":\"success\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void pull_rejectedImmediately_isAnError(String stream) {
    try (SimulatedServer server = SimulatedServer.start(folder, REFUSES)) {
      HttpResponse<String> response =
          server.post("/api/pull", "{\"model\":\"" + FILE + "\",\"stream\":" + stream + "}");

      assertThat(response.statusCode()).isEqualTo(502);
      assertThat(Replies.json(response).get("error").asString()).isEqualTo("there is no such file");
    }
  }

  /** Clients pull the models that they are about to use, by the names of the list. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void pull_modelOfTheStore_isThere(String stream) {
    try (SimulatedServer server = SimulatedServer.start(folder, REFUSES)) {
      server.with("talker", Scripts.TALKER);

      HttpResponse<String> response =
          server.post("/api/pull", "{\"model\":\"talker:latest\",\"stream\":" + stream + "}");

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(Replies.lines(response).getLast().get("status").asString()).isEqualTo("success");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void pull_nameOfNoFile_fails(String stream) {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      for (String name : List.of("llama3", "someone/models/file.gguf")) {
        HttpResponse<String> response =
            server.post("/api/pull", "{\"model\":\"" + name + "\",\"stream\":" + stream + "}");

        assertThat(response.statusCode()).isBetween(400, 404);
        assertThat(Replies.json(response).get("error").asString()).contains(name);
      }
    }
  }

  @Test
  void pull_interrupted_isReportedByTheLastLine() {
    try (SimulatedServer server = SimulatedServer.start(folder, BREAKS)) {
      HttpResponse<String> ollama = server.post("/api/pull", "{\"model\":\"" + FILE + "\"}");
      HttpResponse<String> rkllama = server.post("/pull", "{\"model\":\"" + FILE + "\"}");

      assertThat(ollama.statusCode()).isEqualTo(200);
      assertThat(Replies.lines(ollama).getLast().get("error").asString())
          .isEqualTo("the hub has hung up");
      assertThat(rkllama.body().lines().toList().getLast())
          .isEqualTo("Error during download: the hub has hung up");
    }
  }

  @Test
  void pull_rkllama_percentsEachOnce() {
    try (SimulatedServer server = SimulatedServer.start(folder, SOURCE)) {
      HttpResponse<String> response =
          server.post("/pull", "{\"model\":\"" + FILE + "\",\"model_name\":\"mine\"}");

      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain");
      assertThat(response.body().lines())
          .containsExactly(
              "Downloading " + FILE + " (0.00 MB)...", "0%", "50%", "100%", "mine is ready.");
      assertThat(server.get("/models").body()).isEqualTo("{\"models\":[\"mine\"]}");
    }
  }

  @Test
  void pull_withoutModel_400InEachDialect() {
    try (SimulatedServer server = SimulatedServer.start(folder, SOURCE)) {
      for (String path : List.of("/api/pull", "/pull")) {
        HttpResponse<String> response = server.post(path, "{}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Replies.json(response).get("error").asString()).isEqualTo("model is missing");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pull_clientDisconnects_isInterrupted(boolean stream) throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    ModelSource stalls =
        (reference, _, _, progress) -> {
          progress.accept(new PullProgress(reference, 0, 200));
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
          throw new IllegalStateException("nobody counts down");
        };
    try (SimulatedServer server = SimulatedServer.start(folder, stalls)) {
      String body = "{\"model\":\"" + FILE + "\",\"stream\":" + stream + "}";
      HttpRequest request =
          HttpRequest.newBuilder(server.uri("/api/pull"))
              .POST(BodyPublishers.ofString(body))
              .build();
      try (HttpClient client = HttpClient.newHttpClient()) {
        var pulling = client.sendAsync(request, BodyHandlers.discarding());
        await().until(() -> server.server().activeRequests() == 1);
        pulling.cancel(true);
        client.shutdownNow();
      }

      assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void pull_fromTheHub_answersAfterwards(@TempDir Path elsewhere) throws IOException {
    SimulatedServer.write(elsewhere, "model", "", Scripts.TALKER);
    byte[] model = Files.readAllBytes(elsewhere.resolve("model").resolve("model.rkllm"));
    HttpServer hub =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    hub.createContext(
        "/",
        exchange -> {
          boolean there = exchange.getRequestURI().getPath().endsWith("/qwen3-talker.rkllm");
          boolean asks = exchange.getRequestMethod().equals("HEAD");
          exchange.getResponseHeaders().set("Content-Length", Integer.toString(model.length));
          exchange.sendResponseHeaders(there ? 200 : 404, there && !asks ? model.length : -1);
          if (there && !asks) {
            exchange.getResponseBody().write(model);
          }
          exchange.close();
        });
    hub.start();
    URI address = URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    try (SimulatedServer server =
        SimulatedServer.start(folder, new HuggingFaceHub(address, null)::pull)) {
      HttpResponse<String> response =
          server.post("/api/pull", "{\"model\":\"hf.co/someone/models/qwen3-talker.rkllm\"}");

      assertThat(Replies.lines(response).getLast().toString())
          .isEqualTo("{\"status\":\"success\"}");
      HttpResponse<String> answer =
          server.post(
              "/api/generate",
              "{\"model\":\"qwen3-talker\",\"prompt\":\"say moo\",\"stream\":false}");
      assertThat(answer.body()).contains("You said moo.");
    } finally {
      hub.stop(0);
    }
  }
}
