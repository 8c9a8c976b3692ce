package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.Replies;
import io.rkllm.examples.server.SimulatedServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The thinking of models whose request does not specify it. */
@Timeout(60)
class ThinkingByDefaultTest {
  private static final String SCRIPT =
      """
      template-think-suffix: ""
      template-no-think: <think>\\n\\n</think>\\n\\n
      when: *
      needs: thinking
      think: Hm.
      say: thought
      when: *
      say: said
      """;

  private static final String THINKS = "thinking: on\n" + SCRIPT;

  /** Closes the thinking under a condition. */
  private static final String TEMPLATE =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "<|im_start|>assistant\n{% if %s %}<think>\n\n</think>\n\n{% endif %}";

  @TempDir static Path folder;
  private static SimulatedServer server;

  @BeforeAll
  static void start() throws IOException {
    Files.createDirectories(folder.resolve("on"));
    Files.createDirectories(folder.resolve("unless"));
    Files.writeString(
        folder.resolve("on/on.jinja"),
        TEMPLATE.replace("%s", "enable_thinking is defined and not enable_thinking"));
    Files.writeString(
        folder.resolve("unless/unless.jinja"),
        TEMPLATE.replace("%s", "enable_thinking is not defined or not enable_thinking"));
    server =
        SimulatedServer.start(folder)
            .with("qwen3", "TEMPLATE=qwen3\n", THINKS)
            .with("deepseek", "TEMPLATE=deepseek\n", SCRIPT)
            .with("on", "TEMPLATE=on.jinja\n", THINKS)
            .with("unless", "TEMPLATE=unless.jinja\n", THINKS)
            .with("chatml", "TEMPLATE=chatml\n", SCRIPT)
            .with("runtime", "", SCRIPT)
            .with("off", "TEMPLATE=qwen3\nENABLE_THINKING=false\n", THINKS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3, '', thought",
    "deepseek, '', thought",
    "on, '', thought",
    "on, false, said",
    "unless, '', said",
    "unless, true, thought",
    "chatml, '', said",
    "runtime, '', said",
    "off, '', said",
    "qwen3, false, said",
    "deepseek, false, said",
    "off, true, thought"
  })
  void everyDialect_asksTheFamilyUnlessTheRequestOrTheModelfileSays(
      String model, String wanted, String said) {
    String question =
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":false%s}";
    String enable = wanted.isEmpty() ? "" : ",\"enable_thinking\":" + wanted;
    String think = wanted.isEmpty() ? "" : ",\"think\":" + wanted;

    assertThat(
            text("/v1/chat/completions", question.formatted(model, enable), "/choices/0/message"))
        .isEqualTo(said);
    assertThat(text("/api/chat", question.formatted(model, think), "/message")).isEqualTo(said);
    assertThat(
            Replies.json(server.post("/generate", question.formatted(model, enable)))
                .at("/response")
                .asString()
                .strip())
        .isEqualTo(said);
    assertThat(
            Replies.json(server.post("/rkllm_chat", question.formatted(model, enable)))
                .at("/choices/0/message/content")
                .asString())
        .endsWith(said);
  }

  private static String text(String path, String json, String message) {
    HttpResponse<String> response = server.post(path, json);
    return Replies.json(response).at(message + "/content").asString().strip();
  }
}
