package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
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

/** Answers that clients have begun and models continue, in every dialect. */
@Timeout(60)
class ContinuedAnswersTest {
  private static final String STORY =
      """
      thinking: on
      template-think-suffix: ""
      template-no-think: <think>\\n\\n</think>\\n\\n
      when: json*
      say: {"fox": "red"}
      when: *
      think: Which one shall I tell?
      say: Once upon a time there was a fox.
      when: *
      say: {prompt}
      """;

  private static final String PLAIN =
      """
      thinking: on
      when: *
      say: Once upon a time there was a fox.
      """;

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server =
        SimulatedServer.start(folder)
            .with("m", STORY)
            .with("deepseek", "TEMPLATE=deepseek\n", PLAIN)
            .with("chatml", "TEMPLATE=chatml\n", PLAIN);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String messages(String answer) {
    return "[{\"role\":\"user\",\"content\":\"a story\"},"
        + "{\"role\":\"assistant\",\"content\":\"%s\"}]".formatted(answer);
  }

  private static HttpResponse<String> post(String path, String model, String answer, String more) {
    HttpResponse<String> response =
        server.post(
            path, "{\"model\":\"%s\",\"messages\":%s%s}".formatted(model, messages(answer), more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions,/choices/0/message/content",
    "/api/chat,/message/content",
    "/generate,/response",
    "/rkllm_chat,/choices/0/message/content"
  })
  void wholeAnswer_hasOnlyTheContinuation(String path, String place) {
    JsonNode json = Replies.json(post(path, "m", "Once upon a time", ",\"stream\":false"));

    assertThat(json.at(place).asString()).isEqualTo(" there was a fox.");
  }

  @Test
  void streamedAnswer_hasOnlyTheContinuation() {
    List<JsonNode> events =
        Replies.events(post("/v1/chat/completions", "m", "Once upon a", ",\"stream\":true"));

    assertThat(Replies.joined(events, "/choices/0/delta/content"))
        .isEqualTo(" time there was a fox.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek", "chatml"})
  void otherFamilies_continueAsWell(String model) {
    JsonNode json = Replies.json(post("/api/chat", model, "Once upon", ",\"stream\":false"));

    assertThat(json.at("/message/content").asString()).isEqualTo(" a time there was a fox.");
  }

  @Test
  void unclosedThinking_isContinued() {
    JsonNode message =
        Replies.json(post("/v1/chat/completions", "m", "<think>\\nWhich one", ""))
            .at("/choices/0/message");

    assertThat(message.at("/reasoning_content").asString()).startsWith(" shall I tell?");
    assertThat(message.at("/content").asString().strip())
        .isEqualTo("Once upon a time there was a fox.");
  }

  @Test
  void schema_objectIsSentAsAWhole() {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            """
            {"model":"m","messages":[{"role":"user","content":"json"},
             {"role":"assistant","content":"{\\"fox\\":"}],
             "response_format":{"type":"json_object"}}
            """);

    assertThat(Replies.json(response).at("/choices/0/message/content").asString())
        .isEqualTo("{\"fox\":\"red\"}");
  }

  @Test
  void flagOfOtherServers_answersInstead() {
    JsonNode json =
        Replies.json(
            post("/v1/chat/completions", "m", "Once upon", ",\"continue_final_message\":false"));

    assertThat(json.at("/choices/0/message/content").asString().strip())
        .isEqualTo("Once upon a time there was a fox.");
  }
}
