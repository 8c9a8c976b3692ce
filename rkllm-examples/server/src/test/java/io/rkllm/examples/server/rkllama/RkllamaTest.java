package io.rkllm.examples.server.rkllama;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The dialect of RKLLama. */
@Timeout(60)
class RkllamaTest {
  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    server =
        SimulatedServer.start(
                folder, options -> options, load -> load.queueCapacity(0).maxModels(2))
            .with("other", Scripts.TALKER)
            .with("talker", Scripts.TALKER);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void load(String name) {
    HttpResponse<String> response = server.post("/load_model", "{\"model_name\":\"" + name + "\"}");
    assertThat(Replies.json(response).get("status").asString()).isEqualTo("loaded");
  }

  private String loaded() {
    return Replies.json(server.get("/api/ps")).at("/models").toString();
  }

  @Test
  void root_ofPrograms_welcomes() {
    HttpResponse<String> response = server.get("/");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Replies.json(response)).isEqualTo(RkllamaDialect.welcome());
    assertThat(Replies.json(response).get("message").asString()).contains("rkllm");
  }

  @Test
  void models_listsNames() {
    assertThat(server.get("/models").body()).isEqualTo("{\"models\":[\"other\",\"talker\"]}");
  }

  @Test
  void currentModel_loadAndUnload_changesIt() {
    assertThat(server.get("/current_model").statusCode()).isEqualTo(404);

    load("talker");

    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
    assertThat(loaded()).contains("talker");

    assertThat(Replies.json(server.post("/unload_model", "")).get("status").asString())
        .isEqualTo("unloaded");
    assertThat(server.get("/current_model").statusCode()).isEqualTo(404);
    assertThat(loaded()).isEqualTo("[]");
  }

  @Test
  void load_another_keepsTheFirst() {
    load("talker");

    load("other");

    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"other\"}");
    assertThat(loaded()).contains("other", "talker");
    assertThat(Replies.json(server.get("/current_models")).at("/models").toString())
        .contains("\"name\":\"other:latest\"", "\"name\":\"talker:latest\"");
  }

  @Test
  void current_deletedInOllamasDialect_theOneBeforeIsCurrentAgain() {
    load("talker");
    load("other");

    server.delete("/api/delete", "{\"model\":\"other\"}");

    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
  }

  @Test
  void unload_namedModel_isTheOneThatGoes() {
    load("talker");
    load("other");

    HttpResponse<String> response =
        server.post("/unload_model", "{\"model_name\":\"talker.rkllm\"}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(loaded()).contains("other").doesNotContain("talker");
    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"other\"}");
  }

  @Test
  void load_onceMore_isCurrentAgain() {
    load("talker");
    load("other");
    load("talker");

    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
  }

  @Test
  void unload_current_theOneBeforeIsCurrentAgain() {
    load("talker");
    load("other");

    server.post("/unload_model", "");

    assertThat(loaded()).contains("talker").doesNotContain("other");
    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
  }

  @Test
  void unload_namedModelNotLoaded_400AndOthersStay() {
    load("talker");

    HttpResponse<String> response = server.post("/unload_model", "{\"model_name\":\"other\"}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString()).contains("other");
    assertThat(loaded()).contains("talker");
    assertThat(server.post("/unload_model", "{\"model_name\":\"nobody\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void unloadModels_all_go() {
    load("talker");
    server.post("/generate", "{\"model\":\"other\",\"messages\":\"x\"}");

    HttpResponse<String> response = server.post("/unload_models", "");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Replies.json(response).get("message").asString()).isNotEmpty();
    assertThat(loaded()).isEqualTo("[]");
    assertThat(server.get("/current_model").statusCode()).isEqualTo(404);
    assertThat(server.post("/unload_models", "{}").statusCode()).isEqualTo(200);
  }

  @Test
  void load_again_staysLoaded() {
    load("talker");

    load("talker:latest");

    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
    assertThat(loaded()).contains("talker");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"model_name":"nobody"} | 404 | nobody
          {} | 400 | model_name is missing
          {"model_name":7} | 400 | model_name must be a string
          [] | 400 | must be a JSON object
          """)
  void load_missingModel_isRejected(String body, int status, String words) {
    load("talker");

    HttpResponse<String> response = server.post("/load_model", body);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).contains(words);
    assertThat(server.get("/current_model").body()).isEqualTo("{\"model_name\":\"talker\"}");
  }

  @Test
  void unload_nothing_400() {
    HttpResponse<String> response = server.post("/unload_model", "{}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString())
        .startsWith("No model is currently loaded");
  }

  @Test
  void generate_question_answeredByCurrentModel() {
    load("talker");

    JsonNode json = Replies.json(server.post("/generate", "{\"messages\":\"say moo\"}"));

    assertThat(json.get("response").asString()).isEqualTo("You said moo.");
    assertThat(json.get("tokens_generated").asInt()).isPositive();
    assertThat(json.get("tokens_per_second").isNumber()).isTrue();
  }

  @Test
  void generate_conversationForNamedModel_historyIsUsed() {
    JsonNode json =
        Replies.json(
            server.post(
                "/generate",
                """
                {"model":"talker","messages":[{"role":"user","content":"my name is Ada"},
                 {"role":"assistant","content":"Hello Ada."},
                 {"role":"user","content":"what is my name"}]}
                """));

    assertThat(json.get("response").asString()).isEqualTo("Your name is Ada.");
    assertThat(server.get("/current_model").statusCode()).isEqualTo(404);
  }

  @Test
  void generate_streamed_tokensThinkingAndSpeed() {
    HttpResponse<String> response =
        server.post(
            "/generate",
            "{\"model\":\"talker\",\"messages\":\"think about rain\",\"stream\":true,"
                + "\"enable_thinking\":true}");

    List<JsonNode> tokens = Replies.events(response);
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    assertThat(
            Replies.joined(
                tokens.stream().filter(token -> token.at("/thinking").asBoolean(false)).toList(),
                "/token"))
        .isEqualTo("About rain.\n");
    assertThat(
            Replies.joined(
                tokens.stream().filter(token -> !token.at("/thinking").asBoolean(false)).toList(),
                "/token"))
        .isEqualTo("I thought about rain.");
    assertThat(tokens.getLast().get("token").asString()).isEmpty();
    assertThat(tokens.getLast().get("finish").asBoolean()).isTrue();
    assertThat(tokens.getLast().get("tokens_per_second").isNumber()).isTrue();
    assertThat(tokens.subList(0, tokens.size() - 1)).noneMatch(token -> token.has("finish"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"messages":"x"} | 400 | No model is currently loaded
          {"model":"nobody","messages":"x"} | 404 | nobody
          {"model":"talker"} | 400 | messages is missing
          {"model":"talker","messages":[]} | 400 | at least one message
          {"model":"talker","messages":7} | 400 | messages must be an array
          {"model":"talker","messages":"x","stream":1} | 400 | stream must be true or false
          {"model": | 400 | not JSON
          """)
  void generate_invalidRequest_isRejected(String body, int status, String words) {
    HttpResponse<String> response = server.post("/generate", body);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).contains(words);
  }

  @Test
  void generate_tooLong_400() {
    HttpResponse<String> response =
        server.post(
            "/generate", "{\"model\":\"talker\",\"messages\":\"" + "zq ".repeat(4_000) + "\"}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString()).contains("context");
  }

  @Test
  void generate_failureInMidStream_isLastEvent() {
    List<JsonNode> tokens =
        Replies.events(
            server.post(
                "/generate", "{\"model\":\"talker\",\"messages\":\"fail\",\"stream\":true}"));

    assertThat(Replies.joined(tokens, "/token")).startsWith("one");
    assertThat(tokens.getLast().get("error").asString()).isNotEmpty();
  }

  @Test
  void generate_queueFull_503() {
    Replies.whileStreaming(
        server,
        "/generate",
        "{\"model\":\"talker\",\"messages\":\"count to 500\",\"stream\":true}",
        () -> {
          HttpResponse<String> response =
              server.post("/generate", "{\"model\":\"talker\",\"messages\":\"say moo\"}");

          assertThat(response.statusCode()).isEqualTo(503);
          assertThat(response.headers().firstValue("Retry-After")).isPresent();
          assertThat(Replies.json(response).get("error").asString()).isNotEmpty();
        });
  }

  @Test
  void generate_wrongMethod_405() {
    HttpResponse<String> response = server.get("/generate");

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(Replies.json(response).get("error").asString()).contains("method");
  }

  @Test
  void generate_currentModelThatWasEvicted_isReloaded() {
    server.with("third", Scripts.TALKER);
    load("talker");
    server.post("/generate", "{\"model\":\"other\",\"messages\":\"x\"}");
    server.post("/generate", "{\"model\":\"third\",\"messages\":\"x\"}");
    assertThat(loaded()).doesNotContain("talker");

    JsonNode json = Replies.json(server.post("/generate", "{\"messages\":\"say moo\"}"));

    assertThat(json.get("response").asString()).isEqualTo("You said moo.");
  }
}
