package io.rkllm.examples.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests at every route that no client should send: errors of clients, in every dialect. */
@Timeout(300)
final class OddRequestsTest {
  private static final String TOOL =
      "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}}";
  private static final String CHAT =
      "\"model\":\"m\",\"stream\":false,\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
          + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]},"
          + "{\"role\":\"assistant\",\"content\":\"a\",\"tool_calls\":[{\"id\":\"1\",\"type\":"
          + "\"function\",\"function\":{\"name\":\"f\",\"arguments\":ARGUMENTS}}]},"
          + "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}],\"tools\":["
          + TOOL
          + "]";

  /** A valid body for each route, in which each value is replaced in turn. */
  private static final Map<String, String> BODIES =
      Map.ofEntries(
          Map.entry(
              "/v1/chat/completions",
              "{"
                  + CHAT.replace("ARGUMENTS", "\"{}\"")
                  + ",\"temperature\":1,\"top_p\":1,\"max_tokens\":5,\"max_completion_tokens\":5,"
                  + "\"stop\":[\"x\"],\"seed\":1,\"n\":1,\"presence_penalty\":0,"
                  + "\"frequency_penalty\":0,\"stream_options\":{\"include_usage\":true},"
                  + "\"response_format\":{\"type\":\"text\"},\"tool_choice\":\"auto\","
                  + "\"parallel_tool_calls\":true,\"reasoning_effort\":\"low\",\"user\":\"u\","
                  + "\"logit_bias\":{\"1\":1},\"metadata\":{\"a\":\"b\"}}"),
          Map.entry(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                  + "\"text\":\"hi\"}]},{\"type\":\"reasoning\",\"summary\":[]},{\"type\":"
                  + "\"function_call\",\"call_id\":\"1\",\"name\":\"f\",\"arguments\":\"{}\"},"
                  + "{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"r\"}],"
                  + "\"instructions\":\"i\",\"tools\":[{\"type\":\"function\",\"name\":\"f\","
                  + "\"parameters\":{\"type\":\"object\"}}],\"tool_choice\":\"auto\",\"text\":"
                  + "{\"format\":{\"type\":\"text\"}},\"reasoning\":{\"effort\":\"low\"},"
                  + "\"max_output_tokens\":5,\"temperature\":1,\"truncation\":\"auto\",\"store\":"
                  + "false,\"metadata\":{\"a\":\"b\"},\"previous_response_id\":null}"),
          Map.entry(
              "/v1/completions",
              "{\"model\":\"m\",\"prompt\":\"hi\",\"stream\":false,\"max_tokens\":5,\"echo\":false,"
                  + "\"best_of\":1,\"n\":1,\"stop\":\"x\",\"suffix\":\"\",\"logprobs\":0}"),
          Map.entry(
              "/v1/embeddings",
              "{\"model\":\"m\",\"input\":[\"hi\"],\"encoding_format\":\"float\",\"dimensions\":64}"),
          Map.entry(
              "/api/chat",
              "{"
                  + CHAT.replace("ARGUMENTS", "{\"a\":\"b\"}")
                  + ",\"think\":false,\"format\":\"\",\"keep_alive\":\"5m\",\"truncate\":true,"
                  + "\"options\":{\"temperature\":1,\"num_predict\":5,\"stop\":[\"x\"],\"top_k\":1,"
                  + "\"num_ctx\":512}}"),
          Map.entry(
              "/api/generate",
              "{\"model\":\"m\",\"prompt\":\"hi\",\"stream\":false,\"system\":\"s\",\"suffix\":\"\","
                  + "\"images\":[],\"raw\":false,\"context\":[],\"template\":\"\",\"format\":\"\","
                  + "\"keep_alive\":300,\"options\":{\"temperature\":1}}"),
          Map.entry(
              "/api/embed",
              "{\"model\":\"m\",\"input\":[\"hi\"],\"truncate\":true,\"keep_alive\":\"5m\","
                  + "\"options\":{},\"dimensions\":64}"),
          Map.entry("/api/embeddings", "{\"model\":\"m\",\"prompt\":\"hi\",\"keep_alive\":\"5m\"}"),
          Map.entry("/api/show", "{\"model\":\"m\",\"verbose\":false}"),
          Map.entry(
              "/api/create",
              "{\"model\":\"n\",\"from\":\"m\",\"system\":\"s\",\"template\":\"chatml\",\"stream\":"
                  + "false,\"parameters\":{\"temperature\":1,\"stop\":[\"x\"]},"
                  + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"license\":\"l\"}"),
          Map.entry("/api/copy", "{\"source\":\"m\",\"destination\":\"n\"}"),
          Map.entry("/api/pull", "{\"model\":\"none\",\"insecure\":false,\"stream\":false}"),
          Map.entry("DELETE /api/delete", "{\"model\":\"none\"}"),
          Map.entry("/load_model", "{\"model_name\":\"m\"}"),
          Map.entry("/unload_model", "{\"model_name\":\"m\"}"),
          Map.entry("/unload_models", "{}"),
          Map.entry(
              "/generate",
              "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":"
                  + "false,\"enable_thinking\":false}"),
          Map.entry("/pull", "{\"model\":\"none\",\"model_name\":\"x\"}"),
          Map.entry("DELETE /rm", "{\"model\":\"none\"}"),
          Map.entry("/rkllm_chat", "{" + CHAT.replace("ARGUMENTS", "\"{}\"") + "}"));

  private static final List<String> ODD_VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "1e400",
          "1.5",
          "\"\"",
          "\"x\"",
          "\"a\\u0000\"",
          "\"\\ud800\"",
          "\"../m\"",
          "\"%s%n{}\"",
          "\"\\n\\u001b[2J\"",
          "[null]",
          "[[]]",
          "[{}]",
          "{}",
          "{\"type\":\"object\",\"properties\":3}",
          "{\"$ref\":\"#/no\"}",
          "\"9999999999999h\"");

  /** Names of libraries and classes, and advice for those who program with the SDK. */
  private static final Pattern INTERNALS =
      Pattern.compile(
          "Exception|io\\.rkllm|java\\.|[Jj]etty|[Jj]avalin|[Jj]ackson|JsonToken|Feature|C string"
              + "|CTRL-CHAR|null pointer|\\tat |NaN is|Optional|\\bcallId\\b");

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server =
        SimulatedServer.start(
                folder,
                options -> options.maxBody(1_000_000).idleTimeout(Duration.ofSeconds(2)),
                options -> options)
            .with("m", "embd: 64\nwhen: *\nsay: ho");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  static Stream<String> routes() {
    return BODIES.keySet().stream().sorted();
  }

  private static HttpRequest.Builder request(String route, byte[] body) {
    String[] parts = route.contains(" ") ? route.split(" ", 2) : new String[] {"POST", route};
    return HttpRequest.newBuilder(server.uri(parts[1]))
        .header("Content-Type", "application/json")
        .method(parts[0], BodyPublishers.ofByteArray(body));
  }

  private static HttpResponse<String> send(String route, byte[] body) {
    return server.send(request(route, body));
  }

  /** Returns all bodies that have one value of a valid body replaced. */
  private static List<String> mutations(String body) {
    List<String> bodies = new ArrayList<>();
    JsonNode json = Json.MAPPER.readTree(body);
    for (String value : ODD_VALUES) {
      collect(json, json, Json.written(value), bodies);
    }
    return bodies;
  }

  private static void collect(JsonNode root, JsonNode node, JsonNode value, List<String> bodies) {
    if (node instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        JsonNode before = object.get(name);
        object.set(name, value);
        bodies.add(root.toString().replace("\ud800", "\\ud800"));
        object.set(name, before);
        collect(root, before, value, bodies);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode before = array.get(i);
        array.set(i, value);
        bodies.add(root.toString().replace("\ud800", "\\ud800"));
        array.set(i, before);
        collect(root, before, value, bodies);
      }
    }
  }

  private static void check(String request, HttpResponse<String> response) {
    int status = response.statusCode();
    assertThat(status).as("%s: %s", request, response.body()).isLessThan(500);
    if (status >= 400) {
      String path = request.replaceFirst("^[A-Z]+ /*", "/").replaceFirst(" .*", "");
      JsonNode error = Json.MAPPER.readTree(response.body());
      String message =
          (path.startsWith("/v1") && !path.contains("%00") // with which the path is not known
                  ? error.at("/error/message")
                  : path.equals("/rkllm_chat") ? error.path("message") : error.path("error"))
              .asString("");
      assertThat(message).as("%s: %s", request, response.body()).isNotBlank();
      assertThat(message).as(request).doesNotContainPattern(INTERNALS);
    }
  }

  @ParameterizedTest
  @MethodSource("routes")
  void body_withAnOddValue_isAnErrorOfTheClient(String route) {
    for (String body : mutations(BODIES.get(route))) {
      check(route + " " + body, send(route, body.getBytes(UTF_8)));
    }
  }

  @ParameterizedTest
  @MethodSource("routes")
  void body_thatIsOdd_isAnErrorOfTheClient(String route) {
    String good = BODIES.get(route);
    Map<String, byte[]> bodies =
        Map.ofEntries(
            Map.entry("nothing", new byte[0]),
            Map.entry("null", "null".getBytes(UTF_8)),
            Map.entry("array", "[]".getBytes(UTF_8)),
            Map.entry("form", "model=none&prompt=hi".getBytes(UTF_8)),
            Map.entry("half", good.substring(0, good.length() / 2).getBytes(UTF_8)),
            Map.entry("twice", (good + good).getBytes(UTF_8)),
            Map.entry("comment", ("/* x */" + good).getBytes(UTF_8)),
            Map.entry("NaN", good.replaceFirst("\\{", "{\"x\":NaN,").getBytes(UTF_8)),
            Map.entry("BOM", ("\ufeff" + good).getBytes(UTF_8)),
            Map.entry("UTF-16", good.getBytes(UTF_16)),
            Map.entry("Latin-1", good.replaceFirst("\\{", "{\"é\":1,").getBytes(ISO_8859_1)),
            Map.entry("deep", "{\"x\":".concat("[".repeat(100_000)).getBytes(UTF_8)),
            Map.entry("member twice", "{\"x\":1,\"x\":2}".getBytes(UTF_8)),
            Map.entry("long number", ("{\"model\":" + "9".repeat(500_000) + "}").getBytes(UTF_8)),
            Map.entry("zeros", new byte[100]));
    bodies.forEach((what, body) -> check(route + " " + what, send(route, body)));
    for (String type : List.of("text/xml; charset=utf-16", "multipart/form-data", ";;;charset=x")) {
      check(
          route + " " + type,
          server.send(request(route, good.getBytes(UTF_8)).setHeader("Content-Type", type)));
    }
  }

  @ParameterizedTest
  @MethodSource("routes")
  void body_thatIsCompressed_isRejected(String route) {
    if (route.equals("/unload_models")) {
      return; // reads no body
    }
    HttpResponse<String> response =
        server.send(
            request(route, BODIES.get(route).getBytes(UTF_8)).header("Content-Encoding", "gzip"));

    check(route, response);
    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(response.body()).contains("Content-Encoding");
  }

  private static Stream<String> paths() {
    return Stream.concat(
        routes().map(route -> route.replaceFirst(".* ", "")),
        Stream.of(
            "/",
            "/v1/models",
            "/v1/models/m",
            "/v1/models/none",
            "/api/version",
            "/api/tags",
            "/api/ps",
            "/current_models",
            "/models",
            "/current_model",
            "/health",
            "/ready",
            "/metrics",
            "/api/push",
            "/nothing"));
  }

  private static HttpResponse<String> send(String method, String path) {
    return server.send(
        HttpRequest.newBuilder(URI.create(server.server().address() + path))
            .method(method, BodyPublishers.noBody()));
  }

  @ParameterizedTest
  @MethodSource("paths")
  void method_thatIsOdd_isRejectedWithThoseAllowed(String path) {
    for (String method : List.of("OPTIONS", "PUT", "PATCH", "TRACE", "BREW")) {
      HttpResponse<String> response = send(method, path);

      check(method + " " + path, response);
      if (response.statusCode() == 405) {
        assertThat(response.headers().firstValue("Allow").orElse(""))
            .containsAnyOf("GET", "POST", "DELETE");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("paths")
  void head_hasTheStatusOfGet(String path) {
    HttpResponse<String> head = send("HEAD", path);

    assertThat(head.statusCode()).isEqualTo(send("GET", path).statusCode());
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void path_thatIsOdd_isAnErrorOfTheClient(String path) {
    for (String odd :
        List.of(path + "/", "/" + path, path + ";x=1", path + "%00", path + "/%2e%2e/x")) {
      check("GET " + odd, send("GET", odd));
    }
  }

  /** Clients join a base URL that ends in a slash with a path that begins with one. */
  @ParameterizedTest
  @MethodSource("paths")
  void path_withMoreSlashes_isTheSame(String path) {
    for (String odd : List.of("/" + path, path.replace("/", "//"))) {
      HttpResponse<String> response = send("GET", odd);

      check("GET " + odd, response);
      assertThat(response.statusCode()).as(odd).isEqualTo(send("GET", path).statusCode());
    }
    String body = send("GET", "//v1//models/none").body();
    assertThat(Json.MAPPER.readTree(body).at("/error/code").asString())
        .isEqualTo("model_not_found");
  }

  @Test
  void errorsOfClients_areNotLogged_asErrorsOfTheServer() {
    assertThat(server.get("/metrics").body()).doesNotContain("internal_error");
  }
}
