package io.rkllm.examples.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Conversations in the dialect of Ollama. */
@Timeout(60)
class ChatTest {
  private static final String PATH = "/api/chat";
  private static final String WEATHER =
      """
      "tools":[{"type":"function","function":{"name":"get_weather","description":"",
        "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]
      """;

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server =
        SimulatedServer.start(folder, options -> options, load -> load.queueCapacity(0))
            .with("talker", Scripts.TALKER);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String says(String question) {
    return "{\"role\":\"user\",\"content\":\"" + question + "\"}";
  }

  private static HttpResponse<String> post(String messages, String... fields) {
    StringBuilder body = new StringBuilder("{\"model\":\"talker\",\"messages\":[" + messages + "]");
    for (String field : fields) {
      body.append(',').append(field);
    }
    return server.post(PATH, body.append('}').toString());
  }

  private static JsonNode whole(String messages, String field) {
    return Replies.json(post(messages, "\"stream\":false", field));
  }

  private static String content(JsonNode json) {
    return json.at("/message/content").asString();
  }

  @Test
  void chat_question_answeredWithCountsAndDurations() {
    JsonNode json = whole(says("say moo"), "\"think\":false");

    assertThat(content(json)).isEqualTo("You said moo.");
    assertThat(json.at("/message/role").asString()).isEqualTo("assistant");
    assertThat(json.get("model").asString()).isEqualTo("talker");
    assertThat(json.get("done").asBoolean()).isTrue();
    assertThat(json.get("done_reason").asString()).isEqualTo("stop");
    assertThat(Instant.parse(json.get("created_at").asString())).isBefore(Instant.now());
    assertThat(json.get("prompt_eval_count").asInt()).isPositive();
    assertThat(json.get("eval_count").asInt()).isPositive();
    assertThat(json.get("total_duration").asLong())
        .isGreaterThanOrEqualTo(
            json.get("eval_duration").asLong() + json.get("load_duration").asLong());
    assertThat(json.get("prompt_eval_duration").isIntegralNumber()).isTrue();
  }

  @Test
  void chat_withoutStreamField_isStreamedInLines() {
    HttpResponse<String> response = post(says("think about rain"), "\"think\":true");

    List<JsonNode> lines = Replies.lines(response);
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/x-ndjson");
    assertThat(Replies.joined(lines, "/message/content")).isEqualTo("I thought about rain.");
    assertThat(Replies.joined(lines, "/message/thinking")).isEqualTo("About rain.\n");
    assertThat(lines.size()).isGreaterThan(3);
    assertThat(lines.subList(0, lines.size() - 1))
        .noneMatch(line -> line.get("done").asBoolean())
        .allMatch(line -> line.has("created_at") && line.has("model"));
    assertThat(lines.getLast().get("done").asBoolean()).isTrue();
    assertThat(lines.getLast().get("eval_count").asInt()).isPositive();
  }

  @Test
  void chat_history_isUsed() {
    String messages =
        says("my name is Ada")
            + ",{\"role\":\"assistant\",\"content\":\"Hello Ada.\"},"
            + says("what is my name");

    assertThat(content(whole(messages, "\"think\":false"))).isEqualTo("Your name is Ada.");
  }

  @Test
  void chat_systemMessage_isUsed() {
    String messages = "{\"role\":\"system\",\"content\":\"Robbie\"}," + says("who are you");

    assertThat(content(whole(messages, "\"think\":false"))).isEqualTo("I am Robbie.");
  }

  @ParameterizedTest
  @CsvSource({
    "true,About rain.",
    "'\"high\"',About rain.",
    "'\"max\"',About rain.",
    "'\"LOW\"',About rain.",
    "'\"true\"',About rain.",
    "null,About rain.",
    "'\"none\"',''",
    "'\"false\"',''",
    "false,''"
  })
  void chat_think_decidesWhetherItThinks(String think, String thought) {
    JsonNode json = whole(says("think about rain"), "\"think\":" + think);

    assertThat(json.at("/message/thinking").asString("").strip()).isEqualTo(thought);
    assertThat(content(json)).isEqualTo("I thought about rain.");
  }

  @Test
  void chat_toolCall_hasArgumentsAsObject() {
    JsonNode json =
        Replies.json(post(says("weather in Rome"), "\"stream\":false", "\"think\":false", WEATHER));

    assertThat(json.at("/message/tool_calls/0/function/name").asString()).isEqualTo("get_weather");
    assertThat(json.at("/message/tool_calls/0/function/arguments/city").asString())
        .isEqualTo("Rome");
    assertThat(content(json).strip()).isEqualTo("One moment.");
    assertThat(json.get("done_reason").asString()).isEqualTo("stop");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void chat_toolCallWithANameTwice_isNotLost(boolean stream) {
    server.with(
        "twice", "when: *\nneeds: tools\ntool: get_weather {\"city\": \"A\", \"city\": \"B\"}");

    HttpResponse<String> response =
        server.post(
            "/api/chat",
            "{\"model\":\"twice\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
                + WEATHER
                + ",\"stream\":"
                + stream
                + "}");

    assertThat(response.body()).contains("\"arguments\":{\"city\":\"B\"}").doesNotContain("error");
  }

  @Test
  void chat_toolCallStreamed_arrivesWhole() {
    List<JsonNode> lines = Replies.lines(post(says("weather in Rome"), "\"think\":false", WEATHER));

    List<JsonNode> calls =
        lines.stream().filter(line -> line.at("/message").has("tool_calls")).toList();
    assertThat(calls).hasSize(1);
    assertThat(calls.getFirst().at("/message/tool_calls/0/function/arguments/city").asString())
        .isEqualTo("Rome");
  }

  @ParameterizedTest
  @CsvSource({"'\"tool_name\":\"get_weather\",'", "'\"name\":\"get_weather\",'", "''"})
  void chat_toolResult_isUsed(String name) {
    String messages =
        says("weather in Rome")
            + ",{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":"
            + "{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Rome\"}}}]},"
            + "{\"role\":\"tool\","
            + name
            + "\"content\":\"{\\\"temperature\\\": 21}\"}";

    JsonNode json = Replies.json(post(messages, "\"stream\":false", "\"think\":false", WEATHER));

    assertThat(content(json)).isEqualTo("It is 21 degrees.");
  }

  @Test
  void chat_unknownRoleAndNoContent_areTolerated() {
    HttpResponse<String> response =
        post(
            "{\"role\":\"control\",\"content\":\"thinking\"},"
                + "{\"role\":\"assistant\",\"content\":null},{\"role\":\"system\"},"
                + says("say moo"),
            "\"stream\":false");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(content(Replies.json(response))).isEqualTo("You said moo.");
    assertThat(response.headers().firstValue("Rkllm-Ignored")).hasValue("messages[0].role");
  }

  @Test
  void chat_options_areUsedAndTheRestNamed() {
    HttpResponse<String> response =
        post(
            says("settings"),
            "\"stream\":false",
            "\"think\":false",
            "\"options\":{\"temperature\":0.5,\"top_k\":7,\"num_predict\":99,"
                + "\"num_ctx\":8192,\"seed\":1}");

    assertThat(content(Replies.json(response))).isEqualTo("0.5 7 99");
    assertThat(response.headers().firstValue("Rkllm-Ignored"))
        .hasValue("options.num_ctx, options.seed");
  }

  @Test
  void chat_withoutLimit_hasThatOfContext() {
    assertThat(content(whole(says("settings"), "\"options\":{\"num_predict\":-1}")))
        .endsWith(" 4096");
  }

  @Test
  void chat_limitOfZero_isOneToken() {
    JsonNode json = whole(says("count to 9"), "\"options\":{\"num_predict\":0}");

    assertThat(json.get("eval_count").asInt()).isEqualTo(1);
  }

  @Test
  void chat_topPOfZero_isAccepted() {
    assertThat(content(whole(says("count to 2"), "\"options\":{\"top_p\":0}")))
        .isEqualTo("tick tick ");
  }

  @Test
  void chat_limit_isLength() {
    JsonNode json = whole(says("count to 9"), "\"options\":{\"num_predict\":3}");

    assertThat(json.get("done_reason").asString()).isEqualTo("length");
    assertThat(json.get("eval_count").asInt()).isEqualTo(3);
  }

  @Test
  void chat_stop_endsBefore() {
    JsonNode json =
        Replies.json(
            post(
                says("say moo"),
                "\"stream\":false",
                "\"think\":false",
                "\"options\":{\"stop\":[\" moo\"]}"));

    assertThat(content(json)).isEqualTo("You said");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"json\"",
        "{\"type\":\"object\",\"properties\":{\"age\":{\"type\":\"integer\"}},\"required\":[\"age\"]}"
      })
  void chat_format_isJson(String format) {
    JsonNode json =
        Replies.json(
            post(says("my age"), "\"stream\":false", "\"think\":false", "\"format\":" + format));

    assertThat(content(json)).isEqualToIgnoringWhitespace("{\"age\":22}");
  }

  @Test
  void chat_lineBreaksOfUnicode_doNotBreakLines() {
    HttpResponse<String> response = post(says("break"), "\"think\":false");

    assertThat(response.body()).doesNotContain("\u2028", "\u0085");
    assertThat(Replies.joined(Replies.lines(response), "/message/content"))
        .isEqualTo("a\u2028b\u0085c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"model":"talker","messages":[{"role":"user","content":"x"}],"stream":"yes"} | stream must be true or false
          {"model":"talker","messages":[{"role":"user","content":["x"]}]} | messages[0].content[0] must be an object
          {"model":"talker","messages":[{"role":"user","content":7}]} | messages[0].content must be a string
          {"model":"talker","messages":[{"role":"user","content":"x","images":["aGk="]}]} | images
          {"model":"talker","messages":[{"role":"user","content":"x"}],"format":"xml"} | format must be json
          {"model":"talker","messages":[{"role":"user","content":"x"}],"think":7} | think must be
          {"model":"talker","messages":[{"role":"user","content":"x"}],"keep_alive":"soon"} | keep_alive must be
          {"model":"talker","messages":[{"role":"user","content":"x"}],"options":{"top_p":2}} | options.top_p must be in [0, 1]
          {"model":"talker","messages":[{"role":"user","content":"x"}],"logprobs":true} | log-probabilities
          {"model":"talker","messages":[{"role":"user","content":"x"}],"top_logprobs":2} | log-probabilities
          {"messages":[]} | model is missing
          {"model": | the body is not JSON
          """)
  void chat_invalidRequest_errorNamesTheReason(String body, String words) {
    HttpResponse<String> response = server.post(PATH, body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString()).contains(words);
    assertThat(Replies.json(response).size()).isEqualTo(1);
  }

  @Test
  void chat_unknownModel_404() {
    HttpResponse<String> response =
        server.post(PATH, "{\"model\":\"nobody\",\"messages\":[" + says("x") + "]}");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Replies.json(response).get("error").asString()).contains("nobody", "talker");
  }

  @Test
  void chat_tooLong_400() {
    HttpResponse<String> response = post(says("zq ".repeat(4_000)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString()).contains("context");
  }

  @Test
  void chat_failureInMidStream_isLastLine() {
    HttpResponse<String> response = post(says("fail"), "\"think\":false");

    List<JsonNode> lines = Replies.lines(response);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Replies.joined(lines, "/message/content")).startsWith("one");
    assertThat(lines.getLast().has("error")).isTrue();
    assertThat(lines.getLast().has("done")).isFalse();
  }

  @Test
  void chat_failureOfWhole_500() {
    HttpResponse<String> response = post(says("fail"), "\"stream\":false", "\"think\":false");

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(Replies.json(response).get("error").asString()).isNotEmpty();
  }

  @Test
  void chat_queueFull_503() {
    String slow = "{\"model\":\"talker\",\"messages\":[" + says("count to 500") + "]}";
    Replies.whileStreaming(
        server,
        PATH,
        slow,
        () -> {
          HttpResponse<String> response = post(says("say moo"));

          assertThat(response.statusCode()).isEqualTo(503);
          assertThat(response.headers().firstValue("Retry-After")).isPresent();
          assertThat(Replies.json(response).get("error").asString()).isNotEmpty();
        });
  }

  @Test
  void chat_wrongMethod_405() {
    HttpResponse<String> response = server.get(PATH);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(Replies.json(response).get("error").asString()).contains("method");
  }
}
