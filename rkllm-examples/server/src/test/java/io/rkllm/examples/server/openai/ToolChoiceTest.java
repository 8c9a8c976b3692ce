package io.rkllm.examples.server.openai;

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
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Answers that follow the opening of a call; without an opening, the same answers are text. */
@Timeout(60)
class ToolChoiceTest {
  private static final String HERMES =
      """
      thinking: on
      when: *calling the tool other*
      say: , "arguments": {}}\\n</tool_call>
      when: *calling the tool clock*
      say: , "arguments": {"zone": "UTC"}}\\n</tool_call>
      when: *
      say: clock", "arguments": {"zone": "UTC"}}\\n</tool_call>
      """;

  private static final String DEEPSEEK =
      """
      when: *
      say: clock\\n```json\\n{"zone":"UTC"}\\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>
      """;

  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\"}},"
          + "{\"type\":\"function\",\"function\":{\"name\":\"other\"}}]";

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server =
        SimulatedServer.start(folder)
            .with("hermes", HERMES)
            .with("deepseek", "TEMPLATE=deepseek\n", DEEPSEEK);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> ask(String model, String more) {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"time\"}]%s%s}"
                .formatted(model, TOOLS, more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static JsonNode choice(String model, String more) {
    return Replies.json(ask(model, more)).at("/choices/0");
  }

  private static String named(String tool) {
    return ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"" + tool + "\"}}";
  }

  @Test
  void auto_modelDecides() {
    assertThat(choice("hermes", "").at("/message/content").asString()).startsWith("clock\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hermes", "deepseek"})
  void required_answerIsACall(String model) {
    JsonNode choice = choice(model, ",\"tool_choice\":\"required\"");

    assertThat(choice.at("/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.at("/message/content").isNull()).isTrue();
    assertThat(choice.at("/message/tool_calls/0/function/name").asString()).isEqualTo("clock");
    assertThat(choice.at("/message/tool_calls/0/function/arguments").asString())
        .isEqualToIgnoringWhitespace("{\"zone\":\"UTC\"}");
  }

  @Test
  void named_thatToolIsCalled() {
    assertThat(
            choice("hermes", named("other")).at("/message/tool_calls/0/function/name").asString())
        .isEqualTo("other");
    assertThat(
            choice("hermes", named("clock")).at("/message/tool_calls/0/function/name").asString())
        .isEqualTo("clock");
  }

  @Test
  void required_streamed_isTheSameCall() {
    List<JsonNode> events =
        Replies.events(ask("hermes", ",\"tool_choice\":\"required\",\"stream\":true"));

    assertThat(Replies.joined(events, "/choices/0/delta/content")).isEmpty();
    assertThat(Replies.joined(events, "/choices/0/delta/tool_calls/0/function/name"))
        .isEqualTo("clock");
    assertThat(Replies.joined(events, "/choices/0/delta/tool_calls/0/function/arguments"))
        .isEqualToIgnoringWhitespace("{\"zone\":\"UTC\"}");
  }

  @Test
  void required_withASchema_isACall() {
    JsonNode choice =
        choice(
            "hermes",
            ",\"tool_choice\":\"required\",\"response_format\":{\"type\":\"json_object\"}");

    assertThat(choice.at("/message/tool_calls/0/function/name").asString()).isEqualTo("clock");
  }

  @Test
  void allowedTools_onlyTheseAreShown() {
    JsonNode choice =
        choice(
            "hermes",
            ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\","
                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"other\"}}]}}");

    assertThat(choice.at("/message/tool_calls/0/function/name").asString()).isEqualTo("other");
  }
}
