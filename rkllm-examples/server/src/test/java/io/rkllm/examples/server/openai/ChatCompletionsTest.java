package io.rkllm.examples.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Chat completions beyond what OpenAI's own client tries. */
@Timeout(60)
class ChatCompletionsTest {
  private static final String SCRIPT =
      """
      thinking: on

      when: *does not fit*
      say: Sorry. {"city": "Bremen"}

      when: *JSON Schema*
      say: {"town": "Bremen"}

      when: *one JSON object*
      say: no

      when: *calling the tool clock*
      needs: tools
      say: <tool_call>\\n{"name": "clock", "arguments": {}}\\n</tool_call>

      when: *calling one of the tools*
      needs: tools
      say: <tool_call>\\n{"name": "clock", "arguments": {}}\\n</tool_call>

      when: time
      needs: tools
      say: I have a clock.

      when: time
      say: I have none.

      when: *my name is Ada*what is my name*
      say: You are Ada, I was told.

      when: count
      say: one two three four five

      when: temperature
      say: {run.temperature}

      when: system
      say: {system}
      """;

  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\"}},"
          + "{\"type\":\"function\",\"function\":{\"name\":\"other\"}}]";

  private static final String SCHEMA =
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
          + "{\"type\":\"object\",\"required\":[\"city\"]}}}";

  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(folder)
            .with("m", SCRIPT)
            .with("plain", "", SCRIPT)
            .with("told", "TEMPLATE=qwen3\nSYSTEM=\"Be brief.\"\n", SCRIPT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> ask(String question, String more) {
    return ask(server, "m", "[{\"role\":\"user\",\"content\":\"" + question + "\"}]", more);
  }

  private static HttpResponse<String> ask(
      SimulatedServer server, String model, String messages, String more) {
    return server.post(
        "/v1/chat/completions",
        "{\"model\":\"%s\",\"messages\":%s%s}".formatted(model, messages, more));
  }

  private static JsonNode choice(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.MAPPER.readTree(response.body()).at("/choices/0");
  }

  private static String content(HttpResponse<String> response) {
    return choice(response).at("/message/content").asString("");
  }

  @Test
  void jsonSchema_firstAnswerDoesNotFit_isAskedForOnceMoreAndCounted() {
    HttpResponse<String> response = ask("Where?", SCHEMA);

    assertThat(content(response)).isEqualTo("{\"city\":\"Bremen\"}");
    assertThat(Json.MAPPER.readTree(response.body()).at("/usage/prompt_tokens").asInt())
        .isGreaterThan(100); // of both prompts
  }

  private static JsonNode usage(HttpResponse<String> response) {
    return Json.MAPPER.readTree(response.body()).at("/usage");
  }

  /** The second prompt holds the first, its answer and the complaint. */
  @Test
  void jsonSchema_askedForTwice_usageIsThatOfBoth() {
    JsonNode once = usage(ask("Where?", SCHEMA.replace("city", "town")));
    JsonNode second = usage(ask("it does not fit", ""));
    JsonNode twice = usage(ask("Where?", SCHEMA));
    int firstPrompt = once.at("/prompt_tokens").asInt();
    int firstAnswer = once.at("/completion_tokens").asInt();

    assertThat(twice.at("/completion_tokens").asInt())
        .isEqualTo(firstAnswer + second.at("/completion_tokens").asInt());
    assertThat(twice.at("/prompt_tokens").asInt()).isGreaterThan(2 * firstPrompt + firstAnswer);
    assertThat(twice.at("/total_tokens").asInt())
        .isEqualTo(twice.at("/prompt_tokens").asInt() + twice.at("/completion_tokens").asInt());
  }

  @Test
  void jsonSchema_streamed_arrivesWholeOnceItIsValid() {
    String events = ask("Where?", SCHEMA + ",\"stream\":true").body();

    assertThat(SimulatedServer.streamedText(events)).isEqualTo("{\"city\":\"Bremen\"}");
    assertThat(events).doesNotContain("town", "Sorry").endsWith("data: [DONE]\n\n");
  }

  @Test
  void jsonObject_answerIsNotJson_isShownUnchanged() {
    assertThat(content(ask("Where?", ",\"response_format\":{\"type\":\"json_object\"}")))
        .isNotEmpty();
  }

  @Test
  void jsonSchema_noAnswerMatches_failsWithTheViolation() {
    String never = SCHEMA.replace("city", "river");

    HttpResponse<String> response = ask("Where?", never);
    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(response.body()).contains("answer_does_not_fit", "river");
    HttpResponse<String> streamed = ask("Where?", never + ",\"stream\":true");
    assertThat(streamed.statusCode()).isEqualTo(200); // sent before there was an answer
    assertThat(streamed.body()).contains("answer_does_not_fit");
  }

  @Test
  void jsonSchema_invalid_isRejected() {
    HttpResponse<String> response = ask("Where?", SCHEMA.replace("object\"", "array\""));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("response_format.json_schema.schema");
  }

  @Test
  void toolChoice_eachOfThem_hasItsEffect() {
    assertThat(content(ask("time", TOOLS))).isEqualTo("I have a clock.");
    assertThat(content(ask("time", TOOLS + ",\"tool_choice\":\"none\""))).isEqualTo("I have none.");
    JsonNode required = choice(ask("time", TOOLS + ",\"tool_choice\":\"required\""));
    assertThat(required.at("/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(required.at("/message/content").isNull()).isTrue();
    JsonNode named =
        choice(
            ask(
                "time",
                TOOLS
                    + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"clock\"}}"));
    assertThat(named.at("/message/tool_calls/0/function/name").asString()).isEqualTo("clock");
    assertThat(
            ask("time", TOOLS + ",\"tool_choice\":{\"function\":{\"name\":\"none\"}}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void stopAndLimit_endTheAnswer() {
    assertThat(content(ask("count", ",\"stop\":[\" three\"]"))).isEqualTo("one two");
    JsonNode cut = choice(ask("count", ",\"max_tokens\":9,\"max_completion_tokens\":2"));
    assertThat(cut.at("/finish_reason").asString()).isEqualTo("length");
    assertThat(cut.at("/message/content").asString()).isEqualTo("one two");
  }

  @Test
  void valuesThatMeanTheDefault_areAccepted() {
    assertThat(
            content(
                ask(
                    "count",
                    ",\"max_tokens\":-1,\"max_completion_tokens\":null,\"temperature\":-1,\"top_p\":-1,"
                        + "\"top_k\":-1,\"repeat_penalty\":0,\"n\":0,\"stop\":[\"\"],\"logprobs\":false,"
                        + "\"top_logprobs\":0,\"logit_bias\":{},\"frequency_penalty\":null")))
        .isEqualTo("one two three four five");
    assertThat(content(ask("count", ",\"max_tokens\":0,\"stop\":null")))
        .isEqualTo("one two three four five");
    assertThat(ask("count", ",\"temperature\":3").statusCode()).isEqualTo(400);
    assertThat(ask("count", ",\"max_tokens\":-2").statusCode()).isEqualTo(400);
  }

  @Test
  void membersWithoutEffect_areNamedAtEveryDepth() {
    HttpResponse<String> response =
        ask(
            server,
            "m",
            "[{\"role\":\"user\",\"name\":\"Ada\",\"content\":[{\"type\":\"text\",\"text\":\"count\","
                + "\"cache_control\":{}}]}]",
            ",\"seed\":1,\"user\":null,\"stream_options\":{\"include_obfuscation\":false},"
                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,"
                + "\"parameters\":{\"type\":\"object\",\"x\":1}}}]");

    assertThat(response.headers().firstValue("Rkllm-Ignored"))
        .hasValue(
            "messages[0].content[0].cache_control, messages[0].name, seed,"
                + " stream_options.include_obfuscation, tools[0].function.strict");
  }

  @Test
  void sampling_ofARequest_reachesTheRuntime() {
    assertThat(content(ask("temperature", ",\"temperature\":0.25"))).startsWith("0.25");
  }

  @Test
  void sampling_runtimeOfOlderGeneration_isNamedAsIgnored() {
    try (SimulatedServer older =
        SimulatedServer.start(
            folder, it -> it, it -> it.library(Simulator.library(Release.V1_2)))) {
      HttpResponse<String> response =
          ask(older, "m", "[{\"role\":\"user\",\"content\":\"count\"}]", ",\"temperature\":0.25");

      assertThat(content(response)).startsWith("one");
      assertThat(response.headers().firstValue("Rkllm-Ignored")).hasValue("sampling");
    }
  }

  @Test
  void systemPrompt_ofTheModelfile_isUsedUnlessTheRequestHasOne() {
    String question = "{\"role\":\"user\",\"content\":\"system\"}";
    assertThat(content(ask(server, "told", "[" + question + "]", ""))).isEqualTo("Be brief.");
    assertThat(
            content(
                ask(
                    server,
                    "told",
                    "[{\"role\":\"developer\",\"content\":\"Be kind.\"}," + question + "]",
                    "")))
        .isEqualTo("Be kind.");
  }

  @Test
  void runtimesTemplate_historyIsQuotedAndToolsAreRefused() {
    HttpResponse<String> response =
        ask(
            server,
            "plain",
            "[{\"role\":\"user\",\"content\":\"my name is Ada\"},"
                + "{\"role\":\"assistant\",\"content\":\"Hello.\"},"
                + "{\"role\":\"user\",\"content\":\"what is my name\"}]",
            "");
    assertThat(content(response)).isEqualTo("You are Ada, I was told.");

    HttpResponse<String> refused =
        ask(server, "plain", "[{\"role\":\"user\",\"content\":\"time\"}]", TOOLS);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("HUGGINGFACE_PATH");
  }

  @Test
  void models_listAndOne_areDescribed() {
    assertThat(Json.MAPPER.readTree(server.get("/v1/models").body()).at("/data").size())
        .isEqualTo(3);
    assertThat(Json.MAPPER.readTree(server.get("/v1/models/told").body()).at("/id").asString())
        .isEqualTo("told");
    assertThat(server.get("/v1/models/none").statusCode()).isEqualTo(404);
  }

  @Test
  void wrongMethodOrPath_errorHasTheSameShape() {
    assertThat(server.get("/v1/chat/completions").statusCode()).isEqualTo(405);
    assertThat(server.get("/v1/nothing").statusCode()).isEqualTo(404);
    assertThat(server.get("/v1/nothing").body()).startsWith("{\"error\":{\"message\":");
  }
}
