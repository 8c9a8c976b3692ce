package io.rkllm.examples.server.vendor;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The dialect of the vendor's demonstration server, read as the vendor's client reads it. */
@Timeout(60)
class VendorTest {
  private static final String PATH = "/rkllm_chat";
  private static final String TOOLS =
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
            .with("talker", Scripts.TALKER)
            .with("zebra", "when: *\nsay: I am the other one.");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String messages, String... fields) {
    StringBuilder body = new StringBuilder("{\"messages\":[" + messages + "]");
    for (String field : fields) {
      body.append(',').append(field);
    }
    return server.post(PATH, body.append('}').toString());
  }

  private static String says(String question) {
    return "{\"role\":\"user\",\"content\":\"" + question + "\"}";
  }

  private static String answer(HttpResponse<String> response) {
    JsonNode choices = Replies.json(response).get("choices");
    return choices.get(choices.size() - 1).at("/message/content").asString();
  }

  @Test
  void chat_question_answered() {
    JsonNode json = Replies.json(post(says("say moo")));

    assertThat(json.get("id").asString()).isEqualTo("rkllm_chat");
    assertThat(json.get("object").asString()).isEqualTo("rkllm_chat");
    assertThat(json.get("created").isIntegralNumber()).isTrue();
    assertThat(json.at("/choices/0/index").asInt()).isZero();
    assertThat(json.at("/choices/0/message/role").asString()).isEqualTo("assistant");
    assertThat(json.at("/choices/0/message/content").asString()).isEqualTo("You said moo.");
    assertThat(json.at("/choices/0/logprobs").isNull()).isTrue();
    assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    assertThat(json.at("/usage/prompt_tokens").asInt()).isPositive();
    assertThat(json.at("/usage/total_tokens").asInt())
        .isEqualTo(
            json.at("/usage/prompt_tokens").asInt() + json.at("/usage/completion_tokens").asInt());
  }

  @Test
  void chat_history_isUsed() {
    HttpResponse<String> response =
        post(
            says("my name is Ada")
                + ",{\"role\":\"assistant\",\"content\":\"Hello Ada.\"},"
                + says("what is my name"));

    assertThat(answer(response)).isEqualTo("Your name is Ada.");
    assertThat(Replies.json(response).at("/choices/0/index").asInt()).isEqualTo(2);
  }

  @Test
  void chat_streamed_jsonAndEmptyLineForEachPiece() {
    HttpResponse<String> response = post(says("say moo"), "\"stream\":true");

    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain");
    assertThat(response.body()).endsWith("}\n\n");
    assertThat(response.body().split("\n\n")).allMatch(piece -> piece.strip().startsWith("{"));
    StringBuilder printed = new StringBuilder(); // as the vendor's client does
    List<JsonNode> lines = Replies.lines(response);
    for (JsonNode line : lines) {
      JsonNode choices = line.get("choices");
      JsonNode last = choices.get(choices.size() - 1);
      if (!last.get("finish_reason").asString("none").equals("stop")) {
        printed.append(last.at("/delta/content").asString());
      }
    }
    assertThat(printed).hasToString("You said moo.");
    assertThat(lines.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    assertThat(lines.getLast().at("/usage/completion_tokens").asInt()).isPositive();
    assertThat(lines.getFirst().at("/usage/completion_tokens").isNull()).isTrue();
  }

  @Test
  void chat_thinking_isPartOfTheText() {
    HttpResponse<String> response = post(says("think about rain"), "\"enable_thinking\":true");

    assertThat(answer(response))
        .isEqualTo("<think>\nAbout rain.\n</think>\n\nI thought about rain.");
    assertThat(answer(post(says("think about rain"), "\"enable_thinking\":false")))
        .isEqualTo("I thought about rain.");
  }

  @Test
  void chat_toolCallAndResult_asTheVendorsClientWritesThem() {
    String question = says("weather in Rome");
    String first = answer(post(question, "\"enable_thinking\":false", TOOLS));
    Matcher call =
        Pattern.compile("<tool_call>\\s*(\\{.*?\\})\\s*</tool_call>", Pattern.DOTALL)
            .matcher(first);
    assertThat(call.find()).isTrue();
    String messages =
        question
            + ",{\"role\":\"assistant\",\"content\":\"\",\"function_call\":"
            + call.group(1)
            + "},{\"role\":\"tool\",\"name\":\"get_weather\","
            + "\"content\":\"{\\\"temperature\\\": 21}\"}";

    assertThat(call.group(1)).contains("\"Rome\"");
    assertThat(answer(post(messages, "\"enable_thinking\":false", TOOLS)))
        .isEqualTo("It is 21 degrees.");
  }

  @Test
  void chat_toolCallStreamed_isRawText() {
    List<JsonNode> lines =
        Replies.lines(
            post(says("weather in Rome"), "\"stream\":true", "\"enable_thinking\":false", TOOLS));

    assertThat(Replies.joined(lines, "/choices/0/delta/content"))
        .contains("<tool_call>", "get_weather", "</tool_call>");
  }

  @Test
  void chat_namesOfModels_onlyThoseOfTheStoreCount() {
    HttpResponse<String> unknown =
        post(says("say moo"), "\"model\":\"your_model_deploy_with_RKLLM_Server\"");

    assertThat(answer(unknown)).isEqualTo("You said moo.");
    assertThat(unknown.headers().firstValue("Rkllm-Ignored")).hasValue("model");
    assertThat(answer(post(says("say moo"), "\"model\":\"zebra\"")))
        .isEqualTo("I am the other one.");
  }

  @Test
  void chat_noModels_404(@TempDir Path empty) {
    try (SimulatedServer nothing = SimulatedServer.start(empty)) {
      HttpResponse<String> response =
          nothing.post(PATH, "{\"messages\":[" + says("say moo") + "]}");

      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(Replies.json(response).get("message").asString()).contains("rkllm pull");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"messages":[{"role":"user","content":"x"}],"tools":null,"stream":"no"} | stream must be
          {"messages":[]} | at least one message
          {"stream":true} | at least one message
          {"messages":"x"} | messages must be an array
          {"messages":[{"role":"user","content":1}]} | messages[0].content must be a string
          {"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]} | tools[0].function is missing
          {"messages":[{"role":"assistant","content":"","function_call":{"arguments":{}}}]} | function_call.name is missing
          {"messages":[{"role":"assistant","content":"","function_call":{"name":"f","arguments":"x"}}]} | arguments must be a JSON object
          [1] | must be a JSON object
          {"messages" | not JSON
          """)
  void chat_invalidRequest_400(String body, String words) {
    HttpResponse<String> response = server.post(PATH, body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("status").asString()).isEqualTo("error");
    assertThat(Replies.json(response).get("message").asString()).contains(words);
  }

  @Test
  void chat_tooLong_400() {
    HttpResponse<String> response = post(says("zq ".repeat(4_000)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("message").asString()).contains("context");
  }

  @Test
  void chat_failureInMidStream_isLastPiece() {
    List<JsonNode> lines = Replies.lines(post(says("fail"), "\"stream\":true"));

    assertThat(Replies.joined(lines, "/choices/0/delta/content")).startsWith("one");
    assertThat(lines.getLast().get("status").asString()).isEqualTo("error");
  }

  @Test
  void chat_queueFull_503WithTheVendorsMessage() {
    Replies.whileStreaming(
        server,
        PATH,
        "{\"messages\":[" + says("count to 500") + "],\"stream\":true}",
        () -> {
          HttpResponse<String> response = post(says("say moo"));

          assertThat(response.statusCode()).isEqualTo(503);
          assertThat(response.headers().firstValue("Retry-After")).isPresent();
          assertThat(Replies.json(response).get("status").asString()).isEqualTo("error");
          assertThat(Replies.json(response).get("message").asString())
              .startsWith("RKLLM_Server is busy! Maybe you can try again later.");
        });
  }

  @Test
  void chat_wrongMethod_405() {
    HttpResponse<String> response = server.get(PATH);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(Replies.json(response).get("status").asString()).isEqualTo("error");
  }
}
