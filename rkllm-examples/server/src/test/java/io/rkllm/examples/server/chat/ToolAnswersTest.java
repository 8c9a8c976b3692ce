package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Answers with tool calls: parallel and malformed ones, beside schemas, and their ids. */
@Timeout(60)
class ToolAnswersTest {
  private static final String SCRIPT =
      """
      thinking: on
      template-think-suffix: ""
      template-no-think: <think>\\n\\n</think>\\n\\n
      when: both*
      needs: tools
      say: Wait.
      say: <tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>
      say: <tool_call>{"name": "f", "arguments": {"a": 2}}</tool_call>
      when: broken*
      needs: tools
      say: First.
      say: <tool_call>{"name": "f", "arguments": {"a": 1, "b": [}</tool_call>
      say: <tool_call>{"name": "f", "arguments": {"a": 3}}</tool_call>
      when: cut*
      needs: tools
      say: <tool_call>{"name": "f", "arguments": {"a": "one two three four five six"}}</tool_call>
      when: town*
      think: A large one.
      say: {"town": "Bremen"}
      when: *
      say: {"town": "Nowhere"}
      """;

  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}}}]";

  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"town\":{\"type\":\"string\"}},\"required\":[\"town\"]}";

  private static final String RESPONSE_FORMAT =
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
          + SCHEMA
          + "}}";

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server = SimulatedServer.start(folder).with("m", SCRIPT);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String path, String question, String more) {
    HttpResponse<String> response =
        server.post(
            path,
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                .formatted(question, more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static JsonNode openAi(String question, String more) {
    return Replies.json(post("/v1/chat/completions", question, more)).at("/choices/0");
  }

  private static List<JsonNode> openAiStream(String question, String more) {
    return Replies.events(post("/v1/chat/completions", question, more + ",\"stream\":true"));
  }

  private static List<JsonNode> calls(List<JsonNode> pieces, String place) {
    List<JsonNode> calls = new ArrayList<>();
    pieces.forEach(piece -> piece.at(place).forEach(calls::add));
    return calls;
  }

  @Test
  void parallelCalls_ofOpenAi_areIndexedFromZero() {
    List<JsonNode> calls = calls(openAiStream("both", TOOLS), "/choices/0/delta/tool_calls");

    assertThat(calls).extracting(call -> call.at("/index").asInt()).containsExactly(0, 1);
    assertThat(calls)
        .extracting(call -> call.at("/function/arguments").asString())
        .containsExactly("{\"a\": 1}", "{\"a\": 2}");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parallelCalls_ofOllama_areIndexedFromZero(boolean stream) {
    HttpResponse<String> response = post("/api/chat", "both", TOOLS + ",\"stream\":" + stream);

    assertThat(calls(Replies.lines(response), "/message/tool_calls"))
        .extracting(call -> call.at("/function/index").asInt(-1))
        .containsExactly(0, 1);
  }

  @Test
  void ids_ofTheSameRequestAgain_areOthers() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      openAi("both", TOOLS)
          .at("/message/tool_calls")
          .forEach(it -> ids.add(it.at("/id").asString()));
      calls(openAiStream("both", TOOLS), "/choices/0/delta/tool_calls")
          .forEach(it -> ids.add(it.at("/id").asString()));
      openAi("both", TOOLS + RESPONSE_FORMAT)
          .at("/message/tool_calls")
          .forEach(it -> ids.add(it.at("/id").asString()));
    }

    assertThat(ids).hasSize(12);
  }

  /** A client cannot take back half a call, so none may be sent that does not stay one. */
  @ParameterizedTest
  @ValueSource(strings = {"broken", "cut"})
  void malformedCall_streamAndWhole_agree(String question) {
    String more = TOOLS + (question.equals("cut") ? ",\"max_tokens\":12" : "");
    JsonNode whole = openAi(question, more).at("/message");
    List<JsonNode> stream = openAiStream(question, more);
    List<JsonNode> streamedCalls = calls(stream, "/choices/0/delta/tool_calls");

    assertThat(Replies.joined(stream, "/choices/0/delta/content"))
        .isEqualTo(whole.at("/content").asString(""));
    assertThat(streamedCalls)
        .extracting(call -> call.at("/function/arguments").asString())
        .containsExactlyElementsOf(
            whole
                .at("/tool_calls")
                .valueStream()
                .map(call -> call.at("/function/arguments").asString())
                .toList());
    for (int i = 0; i < streamedCalls.size(); i++) {
      assertThat(streamedCalls.get(i).at("/index").asInt()).isEqualTo(i);
      assertThat(streamedCalls.get(i).at("/function/name").asString()).isEqualTo("f");
    }
  }

  @Test
  void schemaAndTools_modelCalls_isACall() {
    JsonNode choice = openAi("both", TOOLS + RESPONSE_FORMAT);

    assertThat(choice.at("/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.at("/message/tool_calls").size()).isEqualTo(2);
    assertThat(choice.at("/message/content").asString().strip()).isEqualTo("Wait.");
    assertThat(calls(openAiStream("both", TOOLS + RESPONSE_FORMAT), "/choices/0/delta/tool_calls"))
        .hasSize(2);
  }

  @Test
  void schemaAndTools_modelAnswers_isTheObject() {
    JsonNode choice = openAi("town", TOOLS + RESPONSE_FORMAT);

    assertThat(choice.at("/finish_reason").asString()).isEqualTo("stop");
    assertThat(choice.at("/message/content").asString()).isEqualTo("{\"town\":\"Bremen\"}");
    assertThat(choice.at("/message").has("tool_calls")).isFalse();
  }

  @Test
  void schemaAndTools_ofOllama_goTogether() {
    String more = TOOLS + ",\"stream\":false,\"format\":" + SCHEMA;

    assertThat(Replies.json(post("/api/chat", "both", more)).at("/message/tool_calls").size())
        .isEqualTo(2);
    assertThat(Replies.json(post("/api/chat", "town", more)).at("/message/content").asString())
        .isEqualTo("{\"town\":\"Bremen\"}");
  }

  @Test
  void schema_thinking_isKept() {
    assertThat(openAi("town", RESPONSE_FORMAT).at("/message/reasoning_content").asString().strip())
        .isEqualTo("A large one.");
    assertThat(
            Replies.joined(
                    openAiStream("town", RESPONSE_FORMAT), "/choices/0/delta/reasoning_content")
                .strip())
        .isEqualTo("A large one.");
    assertThat(
            Replies.json(post("/api/chat", "town", ",\"stream\":false,\"format\":" + SCHEMA))
                .at("/message/thinking")
                .asString()
                .strip())
        .isEqualTo("A large one.");
  }
}
