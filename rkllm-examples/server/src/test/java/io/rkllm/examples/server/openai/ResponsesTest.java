package io.rkllm.examples.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The Responses API, also with OpenAI's own Java client. */
@Timeout(60)
class ResponsesTest {
  private static final String SCRIPT =
      """
      thinking: on

      when: how warm is it in {city}
      needs: tools
      think: A tool knows.
      say: I look.
      tool: temperature {"city": "{city}"}

      when: *degrees*
      role: tool
      say: The tool says {tool.degrees} degrees.

      when: my name is {name}
      say: Hello {name}.

      when: what is my name
      say: You are {name}.

      when: *JSON Schema*
      say: Here it is: {"city": "Bremen", "size": 560000}

      when: think
      think: Let me see.
      say: Done.

      when: count
      say: one two three four five six seven eight

      when: fail
      say: It begins well and then
      fault: error-at 3
      """;

  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"name\":\"temperature\",\"strict\":true,\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}]";

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

  private static HttpResponse<String> post(String input, String more) {
    return server.post("/v1/responses", "{\"model\":\"m\",\"input\":%s%s}".formatted(input, more));
  }

  private static JsonNode respond(String input, String more) {
    HttpResponse<String> response = post(input, more);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Replies.json(response);
  }

  private static List<JsonNode> stream(String input, String more) {
    HttpResponse<String> response = post(input, more + ",\"stream\":true");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Replies.events(response);
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.get("type").asString()).toList();
  }

  @Test
  void input_text_isAnswered() {
    JsonNode response = respond("\"my name is Ada\"", "");

    assertThat(response.at("/object").asString()).isEqualTo("response");
    assertThat(response.at("/status").asString()).isEqualTo("completed");
    assertThat(response.at("/output/0/type").asString()).isEqualTo("message");
    assertThat(response.at("/output/0/content/0/text").asString()).isEqualTo("Hello Ada.");
    assertThat(response.at("/usage/input_tokens").asInt()).isPositive();
    assertThat(response.at("/usage/output_tokens").asInt()).isPositive();
  }

  @Test
  void input_conversation_isUsedAsAWhole() {
    String items =
        """
        [{"role": "user", "content": [{"type": "input_text", "text": "my name is Grace"}]},
         {"type": "reasoning", "id": "rs_1", "summary": [],
          "content": [{"type": "reasoning_text", "text": "Greet."}]},
         {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
          "content": [{"type": "output_text", "text": "Hello.", "annotations": []}]},
         {"type": "message", "role": "user", "content": "what is my name"}]
        """;

    HttpResponse<String> response = post(items, ",\"instructions\":\"Be brief.\"");

    assertThat(Replies.json(response).at("/output/0/content/0/text").asString())
        .isEqualTo("You are Grace.");
    assertThat(Replies.json(response).at("/instructions").asString()).isEqualTo("Be brief.");
    assertThat(response.headers().firstValue("Rkllm-Ignored")).isEmpty();
  }

  @Test
  void thinking_isAnItemBeforeTheMessage() {
    JsonNode response = respond("\"think\"", ",\"reasoning\":{\"effort\":\"high\"}");

    assertThat(response.at("/output/0/type").asString()).isEqualTo("reasoning");
    assertThat(response.at("/output/0/content/0/text").asString().strip()).isEqualTo("Let me see.");
    assertThat(response.at("/output/1/content/0/text").asString().strip()).isEqualTo("Done.");
  }

  @Test
  void toolCall_answeredByItsOutput_isContinued() {
    String city = "Town" + new Random().nextInt(1000);
    String question = "{\"role\":\"user\",\"content\":\"how warm is it in " + city + "\"}";
    JsonNode asked = respond("[" + question + "]", TOOLS);
    List<JsonNode> output = new ArrayList<>();
    asked.get("output").forEach(output::add);
    JsonNode call = output.getLast();

    assertThat(call.get("type").asString()).isEqualTo("function_call");
    assertThat(call.get("name").asString()).isEqualTo("temperature");
    assertThat(call.get("arguments").asString()).contains(city);

    StringBuilder items = new StringBuilder(question);
    output.forEach(item -> items.append(',').append(item)); // as clients send them back
    items
        .append(",{\"type\":\"function_call_output\",\"call_id\":\"")
        .append(call.get("call_id").asString())
        .append("\",\"output\":\"{\\\"degrees\\\": 21}\"}");
    JsonNode answered = respond("[" + items + "]", TOOLS);

    assertThat(answered.at("/output/0/content/0/text").asString())
        .isEqualTo("The tool says 21 degrees.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"function\",\"name\":\"temperature\"}",
        "{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":"
            + "[{\"type\":\"function\",\"name\":\"temperature\"}]}"
      })
  void toolChoice_namesAFunction_isAccepted(String choice) {
    JsonNode response = respond("\"count\"", TOOLS + ",\"tool_choice\":" + choice);

    assertThat(response.at("/tool_choice").toString()).isEqualTo(choice);
  }

  @Test
  void toolChoice_namesAnUndeclaredFunction_isRejected() {
    HttpResponse<String> response =
        post("\"count\"", TOOLS + ",\"tool_choice\":{\"type\":\"function\",\"name\":\"other\"}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("other");
  }

  @Test
  void textFormat_jsonSchema_answerIsOnlyTheObject() {
    JsonNode response =
        respond(
            "\"Which town?\"",
            ",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"town\",\"strict\":true,"
                + "\"schema\":{\"type\":\"object\",\"required\":[\"city\"]}}}");

    assertThat(response.at("/output/0/content/0/text").asString())
        .isEqualTo("{\"city\":\"Bremen\",\"size\":560000}");
  }

  @Test
  void maxOutputTokens_reached_responseIsIncomplete() {
    JsonNode response = respond("\"count\"", ",\"max_output_tokens\":3");

    assertThat(response.at("/status").asString()).isEqualTo("incomplete");
    assertThat(response.at("/incomplete_details/reason").asString()).isEqualTo("max_output_tokens");
    assertThat(types(stream("\"count\"", ",\"max_output_tokens\":3")).getLast())
        .isEqualTo("response.incomplete");
  }

  @Test
  void stream_hasTheEventsOfEachItemInOrder() {
    HttpResponse<String> response =
        post("\"how warm is it in Bremen\"", TOOLS + ",\"stream\":true,\"reasoning\":{}");
    List<JsonNode> events = Replies.events(response);

    assertThat(types(events).stream().distinct())
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_text.delta",
            "response.output_text.done",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.completed");
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).get("sequence_number").asInt()).isEqualTo(i);
      String type = types(events).get(i);
      assertThat(response.body()).contains("event: " + type + "\ndata: {\"type\":\"" + type);
    }
    JsonNode output = events.getLast().at("/response/output");
    assertThat(output.valueStream().map(item -> item.get("type").asString()))
        .containsExactly("reasoning", "message", "function_call");
    events.stream()
        .filter(event -> event.get("type").asString().equals("response.output_item.done"))
        .forEach(
            done ->
                assertThat(output.get(done.get("output_index").asInt()))
                    .isEqualTo(done.get("item")));
  }

  @Test
  void stream_failsAfterItBegan_endsWithTheError() {
    List<JsonNode> events = stream("\"fail\"", "");

    assertThat(types(events)).endsWith("error", "response.failed");
    assertThat(events.getLast().at("/response/error/message").asString()).isNotEmpty();
    assertThat(events.getLast().at("/response/status").asString()).isEqualTo("failed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hi\" | ,\"previous_response_id\":\"resp_1\" | send the whole conversation",
        "\"hi\" | ,\"conversation\":{\"id\":\"c\"} | send the whole conversation",
        "\"hi\" | ,\"background\":true | background",
        "\"hi\" | ,\"prompt\":{\"id\":\"p\"} | send instructions and input",
        "\"hi\" | ,\"truncation\":\"x\" | truncation must be auto or disabled",
        "\"hi\" | ,\"tools\":[{\"type\":\"web_search\"}] | tools[0].type must be function",
        "[{\"type\":\"item_reference\",\"id\":\"x\"}] | '' | store set to false",
        "[{\"type\":\"computer_call\"}] | '' | input[0].type must be",
        "[] | '' | at least one item",
        "null | '' | input is missing",
        "7 | '' | input must be",
      })
  void request_thatCannotBeServed_isRejectedWithWhatToDo(String input, String more, String hint) {
    HttpResponse<String> response = post(input, more);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(Replies.json(response).at("/error/message").asString()).contains(hint);
  }

  private static ResponseCreateParams question(String text) {
    return ResponseCreateParams.builder().model("m").input(text).build();
  }

  @Test
  void openAiClient_findsTheResponseValid() {
    OpenAIClient client = OpenAiClientTest.client(server, "none");
    try {
      var response = client.responses().create(question("my name is Ada")).validate();

      assertThat(
              response.output().getFirst().asMessage().content().getFirst().asOutputText().text())
          .isEqualTo("Hello Ada.");
    } finally {
      client.close();
    }
  }

  @Test
  void openAiClient_accumulatesTheStreamToTheResponse() {
    OpenAIClient client = OpenAiClientTest.client(server, "none");
    ResponseAccumulator whole = ResponseAccumulator.createWithSnapshots();
    try (StreamResponse<ResponseStreamEvent> events =
        client.responses().createStreaming(question("count"))) {
      events.stream().map(ResponseStreamEvent::validate).forEach(whole::accumulate);
    } finally {
      client.close();
    }

    assertThat(whole.response().output()).isEqualTo(whole.reconstructedResponse().output());
  }

  @Test
  void openAiClient_streamThatFails_hasTheError() {
    OpenAIClient client = OpenAiClientTest.client(server, "none");
    List<ResponseStreamEvent> events;
    try (StreamResponse<ResponseStreamEvent> streamed =
        client.responses().createStreaming(question("fail"))) {
      events = streamed.stream().map(ResponseStreamEvent::validate).toList();
    } finally {
      client.close();
    }

    assertThat(events.get(events.size() - 2).asError().message()).isNotEmpty();
    assertThat(events.getLast().asFailed().response().error()).isPresent();
  }
}
