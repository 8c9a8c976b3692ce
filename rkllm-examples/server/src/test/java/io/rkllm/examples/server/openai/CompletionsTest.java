package io.rkllm.examples.server.openai;

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

/** Texts that are gone on with. */
@Timeout(60)
class CompletionsTest {
  private static final String PATH = "/v1/completions";
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

  @Test
  void complete_text_isContinued() {
    JsonNode json = Replies.json(post("\"prompt\":\"say moo\""));

    assertThat(json.get("object").asString()).isEqualTo("text_completion");
    assertThat(json.at("/choices/0/text").asString()).isEqualTo("You said moo.");
    assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    assertThat(json.at("/usage/completion_tokens").asInt()).isPositive();
    assertThat(json.at("/usage/total_tokens").asInt())
        .isEqualTo(
            json.at("/usage/prompt_tokens").asInt() + json.at("/usage/completion_tokens").asInt());
  }

  @Test
  void complete_wholeTemplateInPrompt_readAsWritten() {
    JsonNode json =
        Replies.json(
            post(
                "\"prompt\":[\"<|im_start|>user\\nsay moo<|im_end|>\\n<|im_start|>assistant\\n\"]"));

    assertThat(json.at("/choices/0/text").asString()).isEqualTo("You said moo.");
  }

  @Test
  void complete_thinking_sentAsWritten() {
    JsonNode json = Replies.json(post("\"prompt\":\"think about rain\""));

    assertThat(json.at("/choices/0/text").asString())
        .isEqualTo("<think>\nAbout rain.\n</think>\n\nI thought about rain.");
  }

  @Test
  void complete_streamed_inPieces() {
    HttpResponse<String> response =
        post(
            "\"prompt\":\"think about rain\",\"stream\":true,"
                + "\"stream_options\":{\"include_usage\":true}");

    List<JsonNode> chunks = Replies.events(response);
    assertThat(Replies.joined(chunks, "/choices/0/text"))
        .isEqualTo("<think>\nAbout rain.\n</think>\n\nI thought about rain.");
    assertThat(chunks.getLast().at("/choices").size()).isZero();
    assertThat(chunks.getLast().at("/usage/completion_tokens").asInt()).isPositive();
    assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asString())
        .isEqualTo("stop");
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
  }

  @Test
  void complete_limit_endsThere() {
    JsonNode json = Replies.json(post("\"prompt\":\"say moo\",\"max_tokens\":2"));

    assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    assertThat(json.at("/usage/completion_tokens").asInt()).isEqualTo(2);
  }

  @Test
  void complete_limitBeyondContext_isThatOfContext() {
    HttpResponse<String> response = post("\"prompt\":\"say moo\",\"max_tokens\":1000000");

    assertThat(Replies.json(response).at("/choices/0/text").asString()).isEqualTo("You said moo.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "prompt":"x","suffix":"y" | suffix
          "prompt":"x","echo":true | echo
          "prompt":"x","best_of":2 | best_of
          "prompt":"x","n":2 | n
          "prompt":"x","logprobs":3 | logprobs
          "prompt":["x","y"] | prompt
          "prompt":[1,2] | prompt
          "prompt":"" | prompt
          "prompt":"x","max_tokens":"many" | max_tokens
          """)
  void complete_invalidParameter_isRejectedByName(String fields, String name) {
    HttpResponse<String> response = post(fields);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Replies.json(response).at("/error/param").asString()).isEqualTo(name);
    assertThat(Replies.json(response).at("/error/message").asString()).contains(name);
  }

  @Test
  void complete_unknownModel_404() {
    HttpResponse<String> response = server.post(PATH, "{\"model\":\"nobody\",\"prompt\":\"x\"}");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Replies.json(response).at("/error/code").asString()).isEqualTo("model_not_found");
  }

  @Test
  void complete_failureMidStream_isReportedByLastEvent() {
    HttpResponse<String> response = post("\"prompt\":\"fail\",\"stream\":true");

    List<JsonNode> chunks = Replies.events(response);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Replies.joined(chunks, "/choices/0/text")).startsWith("one");
    assertThat(chunks.getLast().at("/error/type").asString()).isEqualTo("server_error");
  }

  @Test
  void complete_wrongMethod_405() {
    assertThat(server.get(PATH).statusCode()).isEqualTo(405);
  }
}
