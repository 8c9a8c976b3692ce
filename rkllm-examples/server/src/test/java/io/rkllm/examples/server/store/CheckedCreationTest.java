package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
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
import tools.jackson.databind.json.JsonMapper;

/** Unusable settings are rejected when a model is created, not when it is used. */
@Timeout(60)
final class CheckedCreationTest {
  @TempDir Path folder;
  private SimulatedServer server;

  @BeforeEach
  void start() throws Exception {
    server = SimulatedServer.start(folder).with("m", "TEMPLATE=qwen3\n", "when: *\nsay: ho");
    Files.writeString(folder.resolve("m/bad.jinja"), "{% for %}");
    Files.writeString(folder.resolve("m/never.jinja"), "{{ raise_exception('no') }}");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void assertRefused(HttpResponse<String> response, String words) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.body()).contains(words).doesNotContain("Exception");
    assertThat(folder.resolve("n")).doesNotExist();
    assertThat(server.get("/api/tags").body()).doesNotContain("\"name\":\"n\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bad.jinja|template",
        "never.jinja|template",
        "no-such-format|TEMPLATE",
      })
  void template_thatCannotBeUsed_isRefused(String template, String words) {
    assertRefused(
        server.post(
            "/api/create",
            "{\"model\":\"n\",\"from\":\"m\",\"template\":\"%s\",\"stream\":false}"
                .formatted(template)),
        words);
  }

  @Test
  void systemPrompt_thatFitsNoContext_isRefused() {
    String system = new JsonMapper().writeValueAsString("long ".repeat(20_000));

    assertRefused(
        server.post(
            "/api/create",
            "{\"model\":\"n\",\"from\":\"m\",\"stream\":false,\"system\":" + system + "}"),
        "SYSTEM must have at most 65536 characters");
  }
}
