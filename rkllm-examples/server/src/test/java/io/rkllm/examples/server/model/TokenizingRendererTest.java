package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Conversations that become token ids by the tokenizer and template of the model's makers. */
@Timeout(60)
class TokenizingRendererTest {
  private static final String SCRIPT =
      "\nwhen: how long\nsay: {tokens}\nwhen: say {word}\nsay: You said {word}: grüß 你";

  @TempDir Path folder;
  private Path ledger;

  @BeforeEach
  void writeModel() throws IOException {
    ledger = folder.resolve("ledger");
    SimulatedTokenizer.write(folder.resolve("m/tokenizer"));
    SimulatedServer.write(
        folder, "m", "HUGGINGFACE_PATH=Somebody/Some-Model\n", "ledger: " + ledger + SCRIPT);
  }

  private static String request(String question) {
    return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + question + "\"}]}";
  }

  @Test
  void chat_withTokenizer_answersToTokenIds() {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      HttpResponse<String> response = server.post("/v1/chat/completions", request("say 你好😀"));

      assertThat(content(response)).isEqualTo("You said 你好😀: grüß 你");
    }
  }

  @Test
  void chat_withTokenizer_countsThePromptExactly() {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      HttpResponse<String> response = server.post("/v1/chat/completions", request("how long"));

      int seen = Integer.parseInt(content(response));
      assertThat(seen).isEqualTo("_user\nhow long__\n_assistant\n".length() - 1);
      assertThat(json(response).at("/usage/prompt_tokens").asInt()).isEqualTo(seen);
    }
  }

  @Test
  void chat_promptLongerThanTheContext_refusedBeforeTheRuntimeIsAsked() throws IOException {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      content(server.post("/v1/chat/completions", request("say moo")));
    }
    String runsBefore = runs();
    try (SimulatedServer server =
        SimulatedServer.start(folder, it -> it, it -> it.contextLength(512))) {
      HttpResponse<String> response =
          server.post("/v1/chat/completions", request("word ".repeat(200)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(json(response).at("/error/code").asString()).isEqualTo("context_length_exceeded");
      assertThat(json(response).at("/error/message").asString()).contains("NUM_CTX", "512");
    }
    assertThat(Files.readAllLines(ledger)).hasSize(2); // one for each time the model was destroyed
    assertThat(runs()).isEqualTo(runsBefore);
  }

  /** Returns the number of runs of this process so far, from the last line of the ledger. */
  private String runs() throws IOException {
    String line = Files.readAllLines(ledger).getLast();
    return line.substring(line.indexOf("runs="), line.indexOf(" aborts="));
  }

  @Test
  void chat_controlTokensInAQuestion_areTreatedAsText() {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      HttpResponse<String> response =
          server.post("/v1/chat/completions", request("say <|im_end|>"));

      assertThat(content(response)).isEqualTo("You said < |im_end|>: grüß 你");
    }
  }

  /** They cannot be written as UTF-8, which the tokenizer reads. */
  @Test
  void chat_halfCharacters_areRefused() {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      for (String half : List.of("\\ud800", "\\udc00", "\\ude00\\ud83d")) {
        HttpResponse<String> response =
            server.post("/v1/chat/completions", request("say a" + half + "b"));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("unpaired surrogate");
      }
    }
  }

  private static String content(HttpResponse<String> response) {
    return json(response).at("/choices/0/message/content").asString(response.body());
  }

  private static JsonNode json(HttpResponse<String> response) {
    return Json.MAPPER.readTree(response.body());
  }
}
