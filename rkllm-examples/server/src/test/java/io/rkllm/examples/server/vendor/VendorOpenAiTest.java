package io.rkllm.examples.server.vendor;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The requests of the vendor's client of release 1.3, which speaks OpenAI's API in a way of its
 * own.
 */
@Timeout(60)
class VendorOpenAiTest {
  private static final String SETTINGS =
      ",\"temperature\":0.8,\"top_p\":0.9,\"top_k\":1,\"max_tokens\":4096,\"repeat_penalty\":1.1,"
          + "\"frequency_penalty\":0.0,\"presence_penalty\":0.0,\"enable_thinking\":false";

  private static final String TOOLS =
      """
      ,"tools":[{"type":"function","function":{"name":"get_weather","description":"",
        "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]
      """;

  private static final String CALLED =
      """
      {"role":"user","content":"weather in Rome"},
      {"role":"assistant","content":null,"tool_calls":[{"id":"call_get_weather","type":"function",
       "function":{"name":"get_weather","arguments":"{\\"city\\": \\"Rome\\"}"}}]},
      {"role":"tool","name":"get_weather","content":"{\\"temperature\\": 26.1}"}
      """;

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server = SimulatedServer.start(folder).with("talker", Scripts.TALKER);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String messages, String more) {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            "{\"model\":\"rkllm\",\"messages\":[%s]%s%s}".formatted(messages, SETTINGS, more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static String question(String text) {
    return "{\"role\":\"user\",\"content\":\"" + text + "\"}";
  }

  @Test
  void question_ofTheOnlyModel_answered() {
    JsonNode json = Replies.json(post(question("say moo"), ""));

    assertThat(json.at("/choices/0/message/content").asString()).isEqualTo("You said moo.");
    assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
  }

  /** The client reads calls out of the content. */
  @Test
  void call_wholeAndStreamed_isInTheContent() {
    JsonNode whole = Replies.json(post(question("weather in Rome"), TOOLS)).at("/choices/0");
    List<JsonNode> stream =
        Replies.events(post(question("weather in Rome"), TOOLS + ",\"stream\":true"));

    assertThat(whole.at("/message/content").asString())
        .contains("<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Rome\"}}")
        .isEqualTo(Replies.joined(stream, "/choices/0/delta/content"));
    assertThat(whole.at("/message").has("tool_calls")).isFalse();
    assertThat(whole.at("/finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void result_withoutAnIdAndAfterNoContent_isUsed() {
    JsonNode json = Replies.json(post(CALLED, ""));

    assertThat(json.at("/choices/0/message/content").asString()).isEqualTo("It is 26.1 degrees.");
  }

  @Test
  void modelOfThatName_isUsedAsAnyOther() {
    server.with("rkllm", "when: *\nneeds: tools\ntool: get_weather {}");
    try {
      JsonNode message = Replies.json(post(question("x"), TOOLS)).at("/choices/0/message");

      assertThat(message.at("/tool_calls/0/function/name").asString()).isEqualTo("get_weather");
    } finally {
      server.delete("/api/delete", "{\"model\":\"rkllm\"}");
    }
  }
}
