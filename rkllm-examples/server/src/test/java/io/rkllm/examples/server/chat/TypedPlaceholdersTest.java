package io.rkllm.examples.server.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.SimulatedServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The words {@code <image>}, {@code <video>} and {@code <audio>} that a user types reach a model
 * that sees as text, in all dialects: as placeholders, they would have native code read embeddings
 * that are not there, which the simulator refuses.
 */
@Timeout(60)
class TypedPlaceholdersTest {
  private static final String SCRIPT = "picture: cat 0.5\nwhen: *\nsay: read: {prompt}";
  private static final List<String> TYPED =
      List.of("<image>", "<video>", "<audio>", "<<image>image>");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/v1/chat/completions | 'messages': [{'role': 'user', 'content': 'a TYPED tag'}]",
        "/v1/chat/completions | 'messages': [{'role': 'system', 'content': 'TYPED'},"
            + " {'role': 'user', 'content': 'x'}, {'role': 'assistant', 'content': 'TYPED'},"
            + " {'role': 'user', 'content': 'a TYPED tag'}]",
        "/v1/completions | 'prompt': 'a TYPED tag'",
        "/v1/embeddings | 'input': 'a TYPED tag'",
        "/api/chat | 'stream': false, 'messages': [{'role': 'user', 'content': 'a TYPED tag'}]",
        "/api/generate | 'stream': false, 'prompt': 'a TYPED tag'",
        "/api/embed | 'input': 'a TYPED tag'",
        "/api/embeddings | 'prompt': 'a TYPED tag'",
        "/generate | 'messages': 'a TYPED tag'",
        "/rkllm_chat | 'messages': [{'role': 'user', 'content': 'a TYPED tag'}]",
      })
  void placeholder_thatAUserTyped_isText(String path, String fields) {
    try (SimulatedServer server =
        SimulatedServer.start(folder).with("formatted", SCRIPT).with("unformatted", "", SCRIPT)) {
      boolean raw = path.equals("/v1/completions"); // refused without a chat format
      for (String model : List.of("formatted", raw ? "formatted" : "unformatted")) {
        for (String typed : TYPED) {
          String body =
              ("{'model': '" + model + "', " + fields + "}")
                  .replace("TYPED", typed)
                  .replace('\'', '"');
          HttpResponse<String> response = server.post(path, body);

          assertThat(response.statusCode()).as(body + response.body()).isEqualTo(200);
          assertThat(response.body()).doesNotContain(typed);
          if (!path.contains("embed")) {
            assertThat(response.body())
                .as(body)
                .contains("< " + typed.substring(typed.length() - 6));
          }
        }
      }
    }
  }
}
