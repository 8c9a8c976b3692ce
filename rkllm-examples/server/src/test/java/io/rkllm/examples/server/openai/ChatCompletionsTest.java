package io.rkllm.examples.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ChatCompletionsTest {
  @TempDir Path folder;

  @Test
  void chat_question_answered() {
    try (SimulatedServer server = SimulatedServer.start(folder)) {
      server.with("echo", "when: say {word}\nsay: You said {word}.");

      HttpResponse<String> response =
          server.post(
              "/v1/chat/completions",
              "{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"say moo\"}]}");

      assertThat(response.statusCode()).isEqualTo(200);
      JsonNode json = Json.MAPPER.readTree(response.body());
      assertThat(json.at("/choices/0/message/content").asString()).isEqualTo("You said moo.");
      assertThat(json.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    }
  }
}
