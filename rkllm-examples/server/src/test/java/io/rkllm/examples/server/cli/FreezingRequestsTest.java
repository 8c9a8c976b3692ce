package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests, and templates of models, that would take a server all its time or memory, sent to one
 * with a small heap.
 */
@Timeout(300)
final class FreezingRequestsTest {
  private static final String ENDLESS = "(?:(?:){2147483647}){2147483647}";

  /** Each is refused, be it when the model is loaded or when a conversation is written. */
  private static final List<String> TEMPLATES =
      List.of(
          "{{ ('a '*4000000).split(' ')|length }}",
          "{{ 'a'*2000000000 }}",
          "{% for i in range(1000000000) %}{% endfor %}",
          "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
          "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
          "{% for m in messages %}{{ ((m.content ~ ' ')*4000000).split(' ')|length }}{% endfor %}",
          "{{ [[1]*1000]*1000000 }}",
          "{{ messages[0].content|indent(width=2000000000) * 1000000000 }}",
          "{{ 7 ** 999999999 }}",
          "{{ '(' * 200000 }}" + "(".repeat(200_000) + "{{" + "(".repeat(100_000));

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private ProgramProcess program;
  private URI server;

  @BeforeEach
  void serve() throws IOException {
    Path models = folder.resolve("models");
    SimulatedServer.write(models, "m", "TEMPLATE=qwen3\n", "when: *\nsay: ho");
    for (int i = 0; i < TEMPLATES.size(); i++) {
      SimulatedServer.write(models, "t" + i, "TEMPLATE=t.jinja\n", "when: *\nsay: ho");
      Files.writeString(models.resolve("t" + i).resolve("t.jinja"), TEMPLATES.get(i));
    }
    program =
        ProgramProcess.start(
            List.of(),
            List.of("-XX:+UseSerialGC", "-Xmx64m", "-Xss512k"),
            Map.of(),
            "serve",
            "--port",
            "0",
            "--stop-grace",
            "2s",
            "--models",
            models.toString(),
            "--library",
            Simulator.library(Release.V1_3_1).toString());
    program.awaitOutput("The chat page is at ");
    String line = program.output();
    server = URI.create(line.substring(line.indexOf("http")).strip());
  }

  @AfterEach
  void stop() {
    program.close();
    client.close();
  }

  private static String chat(String model, String more) {
    return "{\"model\":\"%s\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}"
        .formatted(model, more);
  }

  private static String schema(String properties) {
    return "{\"type\":\"object\",\"properties\":{" + properties + "}}";
  }

  private static List<String> schemas() {
    String many =
        IntStream.range(0, 30_000)
            .mapToObj(i -> "\"p" + i + "\":{}")
            .collect(Collectors.joining(","));
    String paths =
        IntStream.range(0, 30)
            .mapToObj(
                i ->
                    "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]}"
                        .formatted(i, i + 1, i + 1))
            .collect(Collectors.joining(","));
    return List.of(
        schema("\"a\":{\"pattern\":\"" + ENDLESS + "\"}"),
        "{\"type\":\"object\",\"patternProperties\":{\"" + ENDLESS + "\":{}}}",
        schema("\"a\":{\"pattern\":\"((a{0,900}){0,900}){0,900}\"}"),
        schema(many),
        schema("\"a\":{\"enum\":[" + "1,".repeat(90_000) + "1]}"),
        schema("\"a\":" + "{\"items\":".repeat(150) + "{}" + "}".repeat(150) + "," + many),
        "{\"type\":\"object\",\"$ref\":\"#/$defs/d0\",\"$defs\":{" + paths + ",\"d30\":{}}}",
        "{\"type\":\"object\",\"$ref\":\"#\"}");
  }

  /** A path and a body. */
  private record Hostile(String path, String body) {}

  private static List<Hostile> requests() {
    List<Hostile> schemas =
        schemas().stream()
            .flatMap(
                schema ->
                    List.of(
                        new Hostile("api/chat", chat("m", ",\"format\":" + schema)),
                        new Hostile(
                            "v1/chat/completions",
                            chat(
                                "m",
                                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
                                    + "{\"name\":\"a\",\"schema\":"
                                    + schema
                                    + "}}")))
                        .stream())
            .toList();
    List<Hostile> bodies =
        List.of("api/chat", "v1/chat/completions", "rkllm_chat", "generate", "api/create").stream()
            .flatMap(
                path ->
                    List.of("1,", "{},", "[],", "\"\",", "{\"a\":1},").stream()
                        .map(
                            value ->
                                new Hostile(
                                    path,
                                    chat(
                                        "m",
                                        ",\"a\":["
                                            + value.repeat(3_900_000 / value.length())
                                            + "1]"))))
            .toList();
    List<Hostile> deep =
        List.of(
            new Hostile("api/chat", chat("m", ",\"a\":" + "[".repeat(3_900_000))),
            new Hostile("v1/embeddings", "{\"a\":".repeat(600_000)));
    List<Hostile> templates =
        IntStream.range(0, TEMPLATES.size())
            .mapToObj(i -> new Hostile("v1/chat/completions", chat("t" + i, "")))
            .toList();
    return List.of(schemas, bodies, deep, templates).stream().flatMap(List::stream).toList();
  }

  private HttpResponse<String> post(Hostile hostile) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(server.resolve(hostile.path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(hostile.body))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void serve_freezingRequests_areRefused_andTheNextIsAnswered() throws Exception {
    for (Hostile hostile : requests()) {
      String which =
          hostile.path + " " + hostile.body.substring(0, Math.min(100, hostile.body.length()));

      HttpResponse<String> response = post(hostile);

      assertThat(response.statusCode())
          .as("%s: %s %s", which, response.body(), program.errors())
          .isBetween(400, 499);
      assertThat(response.body())
          .as(which)
          .startsWith("{")
          .contains("error")
          .hasSizeLessThan(5_000);
      HttpResponse<String> next = post(new Hostile("api/chat", chat("m", "")));
      assertThat(next.statusCode()).as("after %s: %s", which, next.body()).isEqualTo(200);
    }
    program.signal("TERM");

    assertThat(program.exit()).as("%s", program.errors()).isZero();
    assertThat(program.errors()).doesNotContain("OutOfMemoryError", "StackOverflowError");
  }

  @Test
  void serve_terminatedAmongFreezingRequests_ends() throws Exception {
    List<Callable<HttpResponse<String>>> all =
        requests().stream()
            .map(hostile -> (Callable<HttpResponse<String>>) () -> post(hostile))
            .toList();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> sent = all.stream().map(threads::submit).toList();
      sent.getFirst().get();
      program.signal("TERM");

      assertThat(program.exit()).as("%s", program.errors()).isZero();
      client.shutdownNow(); // what was not answered
    }
  }
}
