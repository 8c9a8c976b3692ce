package io.rkllm.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server whose models live in processes of their own. */
@Tag("not-emulated")
@Timeout(120)
class IsolatedServerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"/v1/chat/completions, error", "/api/chat, error"})
  void chat_modelCrashes_thatRequestFails_theNextAndOtherModelsAnswer(String path, String member) {
    SimulatedServer.write(
        folder, "m", "", "when: crash\nfault: crash\nsay: x\n\nwhen: *\nsay: I heard you.");
    SimulatedServer.write(folder, "other", "", "when: *\nsay: I am here.");
    try (SimulatedServer server =
        SimulatedServer.start(folder, serving -> serving, loading -> loading.isolated(true))) {
      assertThat(ask(server, path, "other", "hello").body()).contains("I am here.");

      HttpResponse<String> failed = ask(server, path, "m", "crash");
      assertThat(failed.statusCode()).isGreaterThanOrEqualTo(500);
      assertThat(failed.body()).contains("\"" + member + "\"");
      assertThat(ask(server, path, "m", "hello").body()).contains("I heard you.");
      assertThat(ask(server, path, "other", "hello").body()).contains("I am here.");
    }
  }

  private static HttpResponse<String> ask(
      SimulatedServer server, String path, String model, String text) {
    return server.post(
        path,
        """
        {"model": "%s", "stream": false, "messages": [{"role": "user", "content": "%s"}]}"""
            .formatted(model, text));
  }
}
