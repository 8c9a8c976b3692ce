package io.rkllm.examples.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.Scripts;
import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Models that are made and deleted in the dialect of Ollama, and deleted in that of RKLLama. */
@Timeout(60)
class CreateTest {
  private Path folder;
  @TempDir Path elsewhere;
  private SimulatedServer server;

  @BeforeEach
  void start() {
    folder = elsewhere.resolve("models");
    server = SimulatedServer.start(folder).with("talker", Scripts.TALKER);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String ask(String model, String question) {
    HttpResponse<String> response =
        server.post(
            "/api/generate",
            "{\"model\":\"%s\",\"prompt\":\"%s\",\"stream\":false,\"think\":false}"
                .formatted(model, question));
    return Replies.json(response).at("/response").asString(response.body());
  }

  @Test
  void create_fromAnother_hasItsOwnSettings() {
    HttpResponse<String> response =
        server.post(
            "/api/create",
            """
            {"model":"robbie","from":"talker","system":"Robbie","stream":false,
             "parameters":{"temperature":0.25,"num_ctx":2048,"num_predict":77,"seed":1}}
            """);

    assertThat(response.body()).isEqualTo("{\"status\":\"success\"}");
    assertThat(response.headers().firstValue("Rkllm-Ignored")).hasValue("parameters.seed");
    assertThat(ask("robbie", "who are you")).isEqualTo("I am Robbie.");
    assertThat(ask("robbie", "settings")).startsWith("0.25 ").endsWith(" 77");
    JsonNode shown = Replies.json(server.post("/api/show", "{\"model\":\"robbie\"}"));
    assertThat(shown.get("parameters").asString())
        .contains("num_ctx", "2048", "num_predict", "temperature");
  }

  @ParameterizedTest
  @ValueSource(strings = {"template", "modelfile"})
  void create_fromTheModelfileOfAnother_leavesTheOriginalUnchanged(String way) throws IOException {
    Path modelfile = folder.resolve("talker/Modelfile");
    String before = Files.readString(modelfile);

    HttpResponse<String> response =
        server.post(
            "/api/create",
            way.equals("template")
                ? "{\"model\":\"robbie\",\"from\":\"talker\",\"template\":\"Modelfile\"}"
                : "{\"model\":\"robbie\",\"modelfile\":\"FROM talker\\nLORA Modelfile\"}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("called Modelfile");
    assertThat(modelfile).hasContent(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HUGGINGFACE_PATH=%s",
        "HUGGINGFACE_PATH=../../outside",
        "HUGGINGFACE_PATH=..",
        "HUGGINGFACE_PATH=.",
        "HUGGINGFACE_PATH=tokenizer/../../../outside",
        "TOKENIZER=%s",
        "TOKENIZER=../../outside",
        "LORA=%s/file",
        "ADAPTER ../../outside/file",
        "PROMPT_CACHE=%s/file",
        "PROMPT_CACHE=../../outside/file",
        "PARAMETER PROMPT_CACHE ../../outside/file"
      })
  void create_fromFilesOutsideTheStore_isRefused(String line) throws IOException {
    Path outside = Files.createDirectories(elsewhere.resolve("outside"));
    Files.writeString(outside.resolve("file"), "private");
    Files.writeString(outside.resolve("tokenizer.json"), "{}");

    HttpResponse<String> response =
        server.post(
            "/api/create",
            "{\"model\":\"robbie\",\"modelfile\":\"FROM talker\\n%s\"}"
                .formatted(line.formatted(outside)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(folder.resolve("robbie")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s/file", "../../outside/file"})
  void create_templateOutsideTheStore_isNotRead(String template) throws IOException {
    Path outside = Files.createDirectories(elsewhere.resolve("outside"));
    Files.writeString(outside.resolve("file"), "{{ messages[0].content }}");

    HttpResponse<String> response =
        server.post(
            "/api/create",
            "{\"model\":\"robbie\",\"from\":\"talker\",\"template\":\"%s\",\"stream\":false}"
                .formatted(template.formatted(outside)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("TEMPLATE of robbie must be one of");
    assertThat(folder.resolve("robbie")).doesNotExist();
  }

  @Test
  void create_overALinkedTokenizer_leavesTheLinkTargetUnchanged() throws IOException {
    Path outside = Files.createDirectories(elsewhere.resolve("outside"));
    Files.writeString(outside.resolve("tokenizer.json"), "of others");
    Files.createDirectories(folder.resolve("robbie"));
    Files.createSymbolicLink(folder.resolve("robbie/tokenizer"), outside);
    Files.createDirectories(folder.resolve("talker/tokenizer"));
    Files.writeString(folder.resolve("talker/tokenizer/tokenizer.json"), "of talker");

    server.post("/api/create", "{\"model\":\"robbie\",\"from\":\"talker\"}");

    assertThat(folder.resolve("robbie/tokenizer/tokenizer.json")).hasContent("of talker");
    assertThat(outside.resolve("tokenizer.json")).hasContent("of others");
  }

  @Test
  void create_namingARepository_isTaken() throws IOException {
    HttpResponse<String> response =
        server.post(
            "/api/create",
            "{\"model\":\"robbie\",\"modelfile\":\"FROM talker\\n"
                + "HUGGINGFACE_PATH=Qwen/Qwen3-0.6B\"}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(folder.resolve("robbie/Modelfile")).content().contains("Qwen/Qwen3-0.6B");
  }

  @Test
  void create_templateAsLargeAsAModel_isNotRead() throws IOException {
    try (RandomAccessFile large =
        new RandomAccessFile(folder.resolve("talker/large").toFile(), "rw")) {
      large.setLength(8L << 30); // of holes
    }

    HttpResponse<String> response =
        server.post(
            "/api/create",
            "{\"model\":\"robbie\",\"from\":\"talker\",\"template\":\"large\",\"stream\":false}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("is not a template");
  }

  @Test
  void create_nameWithSeveralTags_isFoundByEach() {
    server.post("/api/create", "{\"model\":\"robbie:latest:latest\",\"from\":\"talker\"}");

    assertThat(ask("robbie", "hi")).isEqualTo(ask("robbie:latest", "hi")).isEqualTo("What?");
  }

  @Test
  void create_streamed_endsWithSuccess() {
    HttpResponse<String> response =
        server.post("/api/create", "{\"model\":\"robbie\",\"from\":\"talker\"}");

    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/x-ndjson");
    assertThat(Replies.lines(response).getLast().get("status").asString()).isEqualTo("success");
  }

  @Test
  void create_again_newSettingsCountFromTheNextRequestOn() {
    server.post("/api/create", "{\"model\":\"r\",\"from\":\"talker\",\"system\":\"Robbie\"}");
    assertThat(ask("r", "who are you")).isEqualTo("I am Robbie.");

    server.post("/api/create", "{\"model\":\"r\",\"from\":\"talker\",\"system\":\"Rosie\"}");

    assertThat(ask("r", "who are you")).isEqualTo("I am Rosie.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"model":"x","from":"nobody"} | 404 | nobody
          {"model":"x","from":"/etc/passwd"} | 404 | FROM must name
          {"model":"../x","from":"talker"} | 400 | name
          {"model":"x"} | 400 | from is missing
          {"from":"talker"} | 400 | model is missing
          {"model":"x","from":"talker","quantize":"q4"} | 400 | quantize
          {"model":"x","from":"talker","files":{"a":"b"}} | 400 | files
          {"model":"x","from":"talker","parameters":{"num_ctx":1}} | 400 | parameters.num_ctx
          """)
  void create_invalidRequest_isRejected(String body, int status, String words) {
    HttpResponse<String> response = server.post("/api/create", body);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).contains(words);
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void delete_loadedModel_removesItFromDiskAndMemory() {
    ask("talker", "say moo");

    HttpResponse<String> response = server.delete("/api/delete", "{\"model\":\"talker:latest\"}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(Files.exists(folder.resolve("talker"))).isFalse();
    assertThat(Replies.json(server.get("/api/ps")).get("models").isEmpty()).isTrue();
    assertThat(Replies.json(server.get("/api/tags")).get("models").isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"nobody,404", "../talker,400", "'',400"})
  void delete_missingModel_isRejected(String name, int status) {
    HttpResponse<String> response = server.delete("/api/delete", "{\"model\":\"" + name + "\"}");

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Replies.json(response).get("error").asString()).isNotEmpty();
    assertThat(folder.resolve("talker")).exists();
  }

  @Test
  void rm_currentModel_isRemovedAndNoLongerCurrent() {
    server.post("/load_model", "{\"model_name\":\"talker\"}");

    HttpResponse<String> response = server.delete("/rm", "{\"model\":\"talker\"}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Replies.json(response).get("message").asString()).contains("deleted");
    assertThat(server.get("/current_model").statusCode()).isEqualTo(404);
    assertThat(server.get("/models").body()).isEqualTo("{\"models\":[]}");
  }

  @Test
  void rm_unknownModel_404() {
    HttpResponse<String> response = server.delete("/rm", "{\"model\":\"nobody\"}");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Replies.json(response).get("error").asString()).contains("nobody");
    assertThat(server.post("/rm", "{\"model\":\"talker\"}").statusCode()).isEqualTo(405);
  }

  @Test
  void copy_model_hasItsSettings() {
    server.with("settled", "TEMPLATE=qwen3\nSYSTEM=\"Be kind.\"\n", Scripts.TALKER);

    HttpResponse<String> response =
        server.post(
            "/api/copy", "{\"source\":\"settled:latest\",\"destination\":\"copied:latest\"}");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(
            Replies.json(server.post("/api/show", "{\"model\":\"copied\"}"))
                .get("system")
                .asString())
        .isEqualTo("Be kind.");
    assertThat(server.post("/api/show", "{\"model\":\"settled\"}").statusCode()).isEqualTo(200);
  }

  @Test
  void copy_missingModel_fails() {
    assertThat(
            server.post("/api/copy", "{\"source\":\"nobody\",\"destination\":\"x\"}").statusCode())
        .isEqualTo(404);
    assertThat(server.post("/api/copy", "{\"source\":\"talker\"}").statusCode())
        .isBetween(400, 404);
  }
}
