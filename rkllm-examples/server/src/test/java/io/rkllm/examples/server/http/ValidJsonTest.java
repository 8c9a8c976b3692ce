package io.rkllm.examples.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.message.CallArguments;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server sends valid JSON, whatever a model writes or a client sends. */
@Timeout(60)
class ValidJsonTest {
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final String RULES =
      """
      when: huge
      tool: f {"a": 1e999999999, "b": [-1E+400, 1e-999999999], "c": 0.1000000000000000055}
      when: twice
      tool: f {"a": 1, "a": 2}
      when: nan
      tool: f {"a": NaN, "b": Infinity, "c": -Infinity}
      when: half
      tool: f {"a": "\\\\ud800", "\\\\udc00": "\\\\ud83d\\\\ude00"}
      when: overlong
      tool: f {"a": 1e99999999999999999999}
      when: *
      say: What?
      """;

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server = SimulatedServer.start(folder).with("m", RULES);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String request(String question, String more) {
    return ("{'model':'m','messages':[{'role':'user','content':'" + question + "'}]" + more + "}")
        .replace('\'', '"');
  }

  private static String tools(boolean stream) {
    return ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object',"
        + "'properties':{}}}}],'stream':"
        + stream;
  }

  @ParameterizedTest
  @ValueSource(strings = {"huge", "twice", "nan", "half", "overlong"})
  void answers_inAllDialects_areJson(String question) {
    for (String path : List.of("/v1/chat/completions", "/api/chat", "/rkllm_chat", "/generate")) {
      for (boolean stream : List.of(false, true)) {
        String body = request(question, path.equals("/generate") ? "" : tools(stream));
        HttpResponse<byte[]> response = post(path, body);

        assertThat(response.statusCode()).as("%s: %s", path, text(response)).isEqualTo(200);
        assertThat(objects(response)).as(path).isNotEmpty();
      }
    }
  }

  @Test
  void ollamaArguments_withHugeNumbers_areTheModelsNumbers() {
    for (boolean stream : List.of(false, true)) {
      JsonNode arguments =
          objects(post("/api/chat", request("huge", tools(stream)))).stream()
              .map(object -> object.at("/message/tool_calls/0/function/arguments"))
              .filter(JsonNode::isObject)
              .findFirst()
              .orElseThrow();

      assertThat(arguments.toString())
          .isEqualTo(
              "{\"a\":1E+999999999,\"b\":[-1E+400,1E-999999999],\"c\":0.1000000000000000055}");
    }
  }

  @Test
  void refusals_thatQuoteHalfCharacters_areJson() {
    for (String path : List.of("/v1/chat/completions", "/api/chat", "/rkllm_chat", "/generate")) {
      for (String body :
          List.of(
              "{\"model\":\"\\ud800\",\"messages\":[{\"role\":\"user\",\"content\":\"\\udc00\"}]}",
              "{\"model\":\"m\",\"messages\":[{\"role\":\"\\ud800\",\"content\":\"x\"}]}",
              "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}")) {
        HttpResponse<byte[]> response = post(path, body);

        assertThat(response.statusCode()).as("%s: %s", path, text(response)).isLessThan(500);
        assertThat(objects(response)).as(path).isNotEmpty();
      }
    }
  }

  @Test
  void requests_withHugeNumbers_keepThem() {
    RequestObject body =
        RequestObject.parse(
            "{\"arguments\":{\"a\":1e999999999,\"b\":0.1000000000000000055}}".getBytes(UTF_8));

    assertThat(CallArguments.read(body))
        .isEqualTo("{\"a\":1E+999999999,\"b\":0.1000000000000000055}");
  }

  @Test
  void requests_withNumbersBeyondAll_areRefused() {
    for (String field : List.of("temperature", "top_p", "max_tokens")) {
      for (String number : List.of("1e999999999", "-1e400", "1e99999999999999", "1".repeat(900))) {
        HttpResponse<byte[]> response =
            post("/v1/chat/completions", request("x", ",'" + field + "':" + number));

        assertThat(response.statusCode()).as("%s", text(response)).isEqualTo(400);
        assertThat(objects(response)).hasSize(1);
      }
    }
  }

  private HttpResponse<byte[]> post(String path, String json) {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(server.uri(path)).POST(BodyPublishers.ofString(json)).build(),
          BodyHandlers.ofByteArray());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  /** The whole body, or each event or line of it. */
  private static List<JsonNode> objects(HttpResponse<byte[]> response) {
    return text(response)
        .lines()
        .map(line -> line.startsWith("data: ") ? line.substring("data: ".length()) : line)
        .filter(line -> !line.isBlank() && !line.startsWith(":") && !line.equals("[DONE]"))
        .map(line -> STRICT.readTree(line.getBytes(UTF_8)))
        .toList();
  }
}
