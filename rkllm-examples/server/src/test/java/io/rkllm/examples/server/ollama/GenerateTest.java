package io.rkllm.examples.server.ollama;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Single prompts in the dialect of Ollama. */
@Timeout(60)
class GenerateTest {
  private static final String PATH = "/api/generate";
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

  private static HttpResponse<String> post(String fields) {
    return server.post(PATH, "{\"model\":\"talker\"," + fields + "}");
  }

  private static JsonNode whole(String fields) {
    return Replies.json(post("\"stream\":false," + fields));
  }

  @Test
  void generate_prompt_answered() {
    JsonNode json = whole("\"prompt\":\"say moo\",\"think\":false");

    assertThat(json.get("response").asString()).isEqualTo("You said moo.");
    assertThat(json.get("done_reason").asString()).isEqualTo("stop");
    assertThat(json.get("eval_count").asInt()).isPositive();
  }

  @Test
  void generate_withoutStreamField_isStreamedInLines() {
    List<JsonNode> lines = Replies.lines(post("\"prompt\":\"think about rain\",\"think\":true"));

    assertThat(Replies.joined(lines, "/response")).isEqualTo("I thought about rain.");
    assertThat(Replies.joined(lines, "/thinking")).isEqualTo("About rain.\n");
    assertThat(lines.getLast().get("done").asBoolean()).isTrue();
    assertThat(lines.getLast().get("response").asString()).isEmpty();
  }

  @Test
  void generate_system_isUsed() {
    JsonNode json = whole("\"prompt\":\"who are you\",\"system\":\"Robbie\",\"think\":false");

    assertThat(json.get("response").asString()).isEqualTo("I am Robbie.");
  }

  @Test
  void generate_raw_promptAndAnswerAreUnchanged() {
    String fields = "\"prompt\":\"think about rain\",\"raw\":true";
    String written = "<think>\nAbout rain.\n</think>\n\nI thought about rain.";

    assertThat(whole(fields).get("response").asString()).isEqualTo(written);
    assertThat(Replies.joined(Replies.lines(post(fields)), "/response")).isEqualTo(written);
  }

  @Test
  void generate_format_isJson() {
    JsonNode json = whole("\"prompt\":\"my age\",\"format\":\"json\",\"think\":false");

    assertThat(json.get("response").asString()).isEqualToIgnoringWhitespace("{\"age\":22}");
  }

  @Test
  void generate_emptyContextAndImages_areIgnored() {
    JsonNode json =
        whole(
            "\"prompt\":\"say moo\",\"think\":false,\"context\":[],\"images\":null,"
                + "\"suffix\":\"\",\"template\":\"\"");

    assertThat(json.get("response").asString()).isEqualTo("You said moo.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "prompt":"x","suffix":"y" | suffix
          "prompt":"x","images":["aGk="] | images
          "prompt":"x","template":"{{ .Prompt }}" | template
          "prompt":"x","context":[1,2] | context
          "prompt":"x","raw":true,"format":"json" | format
          "prompt":7 | prompt
          """)
  void generate_invalidParameter_isRejectedByName(String fields, String name) {
    HttpResponse<String> response = post(fields);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).get("error").asString()).contains(name);
  }

  @Test
  void generate_failureInMidStream_isLastLine() {
    List<JsonNode> lines = Replies.lines(post("\"prompt\":\"fail\",\"think\":false"));

    assertThat(Replies.joined(lines, "/response")).startsWith("one");
    assertThat(lines.getLast().has("error")).isTrue();
  }

  @Test
  void generate_withoutPrompt_loadsAndUnloads() {
    server.with("other", Scripts.TALKER);
    JsonNode loaded = Replies.json(server.post(PATH, "{\"model\":\"other\",\"keep_alive\":-1}"));

    assertThat(loaded.get("done_reason").asString()).isEqualTo("load");
    assertThat(loaded.get("done").asBoolean()).isTrue();
    assertThat(Replies.json(server.get("/api/ps")).toString()).contains("\"other\"");

    JsonNode unloaded = Replies.json(server.post(PATH, "{\"model\":\"other\",\"keep_alive\":0}"));

    assertThat(unloaded.get("done_reason").asString()).isEqualTo("unload");
    assertThat(Replies.json(server.get("/api/ps")).toString()).doesNotContain("\"other\"");
  }

  @Test
  void chat_withoutMessages_loadsAndUnloads() {
    server.with("third", Scripts.TALKER);
    JsonNode loaded =
        Replies.json(server.post("/api/chat", "{\"model\":\"third\",\"messages\":[]}"));

    assertThat(loaded.get("done_reason").asString()).isEqualTo("load");
    assertThat(loaded.at("/message/content").asString("none")).isEmpty();

    JsonNode unloaded =
        Replies.json(
            server.post(
                "/api/chat", "{\"model\":\"third\",\"messages\":[],\"keep_alive\":\"0s\"}"));

    assertThat(unloaded.get("done_reason").asString()).isEqualTo("unload");
    assertThat(Replies.json(server.get("/api/ps")).toString()).doesNotContain("\"third\"");
  }

  @Test
  void load_unknownModel_404() {
    assertThat(server.post(PATH, "{\"model\":\"nobody\"}").statusCode()).isEqualTo(404);
    assertThat(server.post(PATH, "{\"model\":\"nobody\",\"keep_alive\":0}").statusCode())
        .isEqualTo(404);
  }
}
