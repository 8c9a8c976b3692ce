package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.hub.HubStub;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM ends a server, whatever it does just then. */
@Timeout(120)
class StopBySignalTest {
  private static final String HOUR = "3600000";

  /** One second of grace, and what telling clients, unloading and hanging native code may take. */
  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();

  private ProgramProcess serve(Map<String, String> environment, String directives)
      throws IOException {
    SimulatedServer.write(folder, "m", "TEMPLATE=qwen3\n", directives);
    return ProgramProcess.start(
        environment,
        "serve",
        "--port",
        "0",
        "--stop-grace",
        "1s",
        "--models",
        folder.toString(),
        "--library",
        Simulator.library(Release.V1_3_1).toString());
  }

  private ProgramProcess serve(String directives) throws IOException {
    return serve(Map.of(), directives);
  }

  private HttpRequest request(ProgramProcess program, String path, String json) {
    program.awaitOutput("The chat page is at ");
    URI address = URI.create(program.output().replace("The chat page is at ", "").strip());
    return HttpRequest.newBuilder(address.resolve(path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(json))
        .build();
  }

  private HttpRequest chat(ProgramProcess program, boolean stream) {
    return request(
        program,
        "v1/chat/completions",
        "{\"model\":\"m\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
            .formatted(stream));
  }

  private CompletableFuture<HttpResponse<String>> ask(HttpRequest request) {
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  /** An answer of which something has come. */
  private InputStream stream(ProgramProcess program) throws Exception {
    InputStream answer = client.send(chat(program, true), BodyHandlers.ofInputStream()).body();
    assertThat(answer.read()).isPositive();
    return answer;
  }

  private static void assertEndsBySignal(ProgramProcess program) throws Exception {
    program.signal("TERM");
    assertThat(program.hasEnded(BOUND)).as("%s", program.errors()).isTrue();
    assertThat(program.errors()).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void loading(boolean stream) throws Exception {
    try (ProgramProcess program = serve("load-ms: " + HOUR)) {
      CompletableFuture<HttpResponse<String>> answer = ask(chat(program, stream));
      program.awaitErrors("loading rkllm model");
      CompletableFuture<HttpResponse<String>> waits = ask(chat(program, stream));

      assertEndsBySignal(program);
      assertThat(answer.join().statusCode()).isEqualTo(503);
      assertThat(answer.join().body()).contains("the server is stopping");
      assertThat(waits.join().statusCode()).isEqualTo(503);
    }
  }

  @Test
  void loadingWithoutAnAnswer() throws Exception {
    try (ProgramProcess program = serve("load-ms: " + HOUR)) {
      CompletableFuture<HttpResponse<String>> load =
          ask(request(program, "load_model", "{\"model_name\":\"m\"}"));
      program.awaitErrors("loading rkllm model");

      assertEndsBySignal(program);
      assertThat(load.join().statusCode()).isEqualTo(503);
    }
  }

  @Test
  void unloading() throws Exception {
    try (ProgramProcess program = serve("unload-ms: " + HOUR + "\nwhen: hi\nsay: Hello")) {
      assertThat(ask(chat(program, false)).join().statusCode()).isEqualTo(200);
      CompletableFuture<HttpResponse<String>> unload =
          ask(
              request(
                  program, "api/generate", "{\"model\":\"m\",\"keep_alive\":0,\"stream\":false}"));
      // Who needs it now waits until it has gone.
      CompletableFuture<HttpResponse<String>> waits =
          CompletableFuture.supplyAsync(() -> chat(program, false)).thenCompose(this::ask);

      assertEndsBySignal(program);
      assertThat(unload.handle((response, thrown) -> true).join()).isTrue();
      assertThat(waits.handle((response, thrown) -> true).join()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "when: hi\ndecode-ms: 10\nrepeat: 3000 \"tick \"",
        "when: hi\nfault: hang-at 1\nrepeat: 10 \"tick \"",
        "when: hi\nfault: hang-prefill\nsay: never"
      })
  void generating(String directives) throws Exception {
    try (ProgramProcess program = serve(directives);
        InputStream answer = stream(program)) {
      CompletableFuture<HttpResponse<String>> waits = ask(chat(program, false));
      CompletableFuture<HttpResponse<String>> embeds =
          ask(request(program, "v1/embeddings", "{\"model\":\"m\",\"input\":\"x\"}"));

      assertEndsBySignal(program);
      assertThat(new String(answer.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
          .contains("the server is stopping");
      assertThat(waits.join().statusCode()).isEqualTo(503);
      assertThat(embeds.join().statusCode()).isEqualTo(503);
    }
  }

  @Test
  void pulling() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (HubStub stub = new HubStub().with("user/repo", "model.rkllm", new byte[1000])) {
      stub.plan(
          "GET",
          (request, out) -> {
            HubStub.beginBody(request, out, 1000);
            out.flush();
            end.await();
          });
      try (ProgramProcess program = serve(Map.of("HF_ENDPOINT", stub.address().toString()), "")) {
        CompletableFuture<HttpResponse<String>> pull =
            ask(request(program, "api/pull", "{\"model\":\"user/repo/model.rkllm\"}"));
        await().until(() -> !stub.requests("GET").isEmpty());

        assertEndsBySignal(program);
        assertThat(pull.join().body()).contains("stopping");
      } finally {
        end.countDown();
      }
    }
  }
}
