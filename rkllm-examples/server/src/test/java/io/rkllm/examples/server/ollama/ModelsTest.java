package io.rkllm.examples.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Models and their vectors in the dialect of Ollama. */
@Timeout(60)
class ModelsTest {
  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() {
    server =
        SimulatedServer.start(folder)
            .with("talker", "TEMPLATE=qwen3\nSYSTEM=\"Be kind.\"\n", Scripts.TALKER)
            .with("unloaded", Scripts.TALKER);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void version_isThatOfTheApi() {
    assertThat(Replies.json(server.get("/api/version")).get("version").asString())
        .isEqualTo("0.12.10"); // later ones have what is missing here, such as log-probabilities
  }

  @Test
  void tags_listsModels() {
    JsonNode models = Replies.json(server.get("/api/tags")).get("models");

    JsonNode talker = models.get(0);
    assertThat(models.size()).isEqualTo(2);
    assertThat(talker.get("name").asString()).isEqualTo("talker:latest");
    assertThat(talker.get("model").asString()).isEqualTo("talker:latest");
    assertThat(talker.get("size").asLong()).isPositive();
    assertThat(talker.get("digest").asString()).matches("[0-9a-f]{64}");
    assertThat(Instant.parse(talker.get("modified_at").asString())).isBefore(Instant.now());
    assertThat(talker.at("/details/format").asString()).isEqualTo("rkllm");
  }

  @Test
  void tags_again_sameDigest() {
    String first = server.get("/api/tags").body();

    assertThat(server.get("/api/tags").body()).isEqualTo(first);
  }

  @Test
  void show_model_describesIt() {
    JsonNode json = Replies.json(server.post("/api/show", "{\"model\":\"talker\"}"));

    assertThat(json.get("modelfile").asString()).contains("FROM=\"model.rkllm\"");
    assertThat(json.get("system").asString()).isEqualTo("Be kind.");
    assertThat(json.get("template").asString())
        .contains(".System", ".Tools", ".ToolCalls", ".Thinking", ".Content")
        .doesNotContain(".Suffix");
    assertThat(json.get("capabilities").toString())
        .isEqualTo("[\"completion\",\"tools\",\"thinking\"]");
    String family = json.at("/details/family").asString();
    assertThat(json.get("model_info").get("general.architecture").asString()).isEqualTo(family);
    assertThat(json.get("model_info").get(family + ".context_length").asInt()).isEqualTo(4096);
  }

  @Test
  void show_olderFieldName_isAccepted() {
    assertThat(server.post("/api/show", "{\"name\":\"talker:latest\"}").statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"model":"nobody"} | 404
          {"model":"../talker"} | 404
          {} | 400
          {"model":7} | 400
          nonsense | 400
          """)
  void show_missingModel_isRejected(String body, int status) {
    HttpResponse<String> response = server.post("/api/show", body);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).isNotEmpty();
  }

  @Test
  void ps_loadedModel_showsWhenItExpires() {
    server.post("/api/generate", "{\"model\":\"talker\",\"keep_alive\":\"2h\"}");

    JsonNode models = Replies.json(server.get("/api/ps")).get("models");
    assertThat(models.size()).isEqualTo(1);
    Instant leaves = Instant.parse(models.get(0).get("expires_at").asString());
    assertThat(leaves)
        .isBetween(
            Instant.now().plus(Duration.ofMinutes(115)),
            Instant.now().plus(Duration.ofMinutes(121)));
    assertThat(models.get(0).get("context_length").asInt()).isEqualTo(4096);
    assertThat(models.get(0).get("size_vram").asLong()).isPositive();

    server.post("/api/generate", "{\"model\":\"talker\",\"keep_alive\":-1}");

    JsonNode kept = Replies.json(server.get("/api/ps")).at("/models/0/expires_at");
    assertThat(Instant.parse(kept.asString())).isAfter(Instant.now().plus(Duration.ofDays(36_500)));
  }

  @Test
  void embed_texts_vectorsOfLengthOne() {
    JsonNode json =
        Replies.json(
            server.post("/api/embed", "{\"model\":\"talker\",\"input\":[\"one\",\"two\"]}"));

    assertThat(json.get("embeddings").size()).isEqualTo(2);
    assertThat(length(json.at("/embeddings/1"))).isBetween(0.9999, 1.0001);
    assertThat(json.get("prompt_eval_count").asInt()).isPositive();
    assertThat(json.get("total_duration").asLong())
        .isGreaterThanOrEqualTo(json.get("load_duration").asLong());
  }

  @Test
  void embed_oneText_oneVector() {
    JsonNode json =
        Replies.json(server.post("/api/embed", "{\"model\":\"talker\",\"input\":\"one\"}"));

    assertThat(json.get("embeddings").size()).isEqualTo(1);
  }

  @Test
  void embed_nothing_noVectors() {
    JsonNode json = Replies.json(server.post("/api/embed", "{\"model\":\"talker\",\"input\":[]}"));

    assertThat(json.get("embeddings").isEmpty()).isTrue();
  }

  @Test
  void embed_emptyText_isRejectedAloneAndEmbeddedAmongOthers() {
    assertThat(
            Replies.json(server.post("/api/embed", "{\"model\":\"talker\",\"input\":\"\"}"))
                .get("embeddings")
                .isEmpty())
        .isTrue();
    assertThat(
            Replies.json(
                    server.post("/api/embed", "{\"model\":\"talker\",\"input\":[\"\",\"one\"]}"))
                .get("embeddings")
                .size())
        .isEqualTo(2);
    assertThat(
            Replies.json(server.post("/api/embeddings", "{\"model\":\"talker\",\"prompt\":\"\"}"))
                .get("embedding")
                .isEmpty())
        .isTrue();
  }

  @Test
  void embed_textBeyondTheContext_isTruncatedUnlessForbidden() {
    String body = "{\"model\":\"talker\",\"input\":[\"" + "zq ".repeat(4_000) + "\"]%s}";

    JsonNode truncated = Replies.json(server.post("/api/embed", body.formatted("")));
    HttpResponse<String> refused = server.post("/api/embed", body.formatted(",\"truncate\":false"));

    assertThat(truncated.get("embeddings").size()).as(truncated.toString()).isEqualTo(1);
    assertThat(truncated.get("prompt_eval_count").asInt()).isBetween(2_000, 4_096);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("context");
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3,Qwen3-0.6B,'[\"completion\",\"tools\",\"thinking\"]'",
    "phi3,phi,'[\"completion\"]'",
    "llama3,llama,'[\"completion\",\"tools\"]'",
    "qwen3,Qwen3-Embedding-0.6B,'[\"embedding\"]'",
    ",other,'[\"completion\"]'"
  })
  void show_capabilities_areThoseOfTheFormat(String template, String name, String capabilities) {
    server.with(name, template == null ? "" : "TEMPLATE=" + template + "\n", Scripts.TALKER);
    try {
      JsonNode json = Replies.json(server.post("/api/show", "{\"model\":\"" + name + "\"}"));

      assertThat(json.get("capabilities").toString()).isEqualTo(capabilities);
      assertThat(json.get("template").asString().contains(".Tools"))
          .isEqualTo(capabilities.contains("tools"));
    } finally {
      server.delete("/api/delete", "{\"model\":\"" + name + "\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"talker:latest", "TALKER", "Talker.rkllm", "talker.RKLLM:latest", "talker.rkllm"})
  void names_inOtherFormsThatClientsHave_areFound(String name) {
    String chat = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"say moo\"}]}";

    assertThat(server.post("/api/show", "{\"model\":\"" + name + "\"}").statusCode())
        .isEqualTo(200);
    assertThat(server.post("/api/chat", chat.formatted(name)).statusCode()).isEqualTo(200);
    assertThat(server.post("/v1/chat/completions", chat.formatted(name)).statusCode())
        .isEqualTo(200);
    assertThat(server.get("/v1/models/" + name).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/embed | {"model":"talker"} | 400 | input is missing
          /api/embed | {"model":"talker","input":[1]} | 400 | input must be
          /api/embed | {"model":"talker","input":"x","dimensions":3} | 400 | dimensions
          /api/embed | {"model":"nobody","input":"x"} | 404 | nobody
          """)
  void embed_invalidRequest_isRejected(String path, String body, int status, String words) {
    HttpResponse<String> response = server.post(path, body);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).contains(words);
  }

  @Test
  void embeddings_olderPath_returnsOneUnnormalizedVector() {
    JsonNode older =
        Replies.json(server.post("/api/embeddings", "{\"model\":\"talker\",\"prompt\":\"one\"}"));

    assertThat(older.get("embedding").size()).isEqualTo(64);
    assertThat(older.size()).isEqualTo(1);
  }

  private static double length(JsonNode vector) {
    return Math.sqrt(
        vector.valueStream().mapToDouble(number -> Math.pow(number.doubleValue(), 2)).sum());
  }

  @Test
  void unknownPath_errorIsInTheDialect() {
    HttpResponse<String> response = server.get("/api/nothing");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Replies.json(response).size()).isEqualTo(1);
    assertThat(Replies.json(response).get("error").isString()).isTrue();
  }
}
