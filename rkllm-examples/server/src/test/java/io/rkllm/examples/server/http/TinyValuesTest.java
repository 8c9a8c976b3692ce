package io.rkllm.examples.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of many small values, each of which takes far more memory than it has bytes. */
class TinyValuesTest {
  private static final int BODY = 4_000_000;

  @ParameterizedTest
  @ValueSource(strings = {"1", "{}", "[]", "0.5", "\"\"", "null", "{\"a\":1}", "[[],{}]"})
  void parse_manyTinyValues_isRefused(String value) {
    String values = (value + ",").repeat(BODY / (value.length() + 1));

    assertRefused("{\"a\":[" + values + "1]}");
  }

  @Test
  void parse_manyNames_isRefused() {
    assertRefused(
        IntStream.range(0, 400_000)
            .mapToObj(i -> "\"" + Integer.toString(i, 36) + "\":1")
            .collect(Collectors.joining(",", "{", "}")));
  }

  @Test
  void parse_deep_isRefused() {
    assertRefused("{\"a\":" + "[".repeat(BODY));
  }

  @Test
  void parse_idsOfALongText_areRead() {
    String ids = "1,".repeat(50_000) + "1";

    assertThat(RequestObject.parse(("{\"a\":[" + ids + "]}").getBytes(US_ASCII)).json().get("a"))
        .hasSize(50_001);
  }

  private static void assertRefused(String body) {
    assertThatThrownBy(() -> RequestObject.parse(body.getBytes(US_ASCII)))
        .isInstanceOfSatisfying(
            RequestException.class, refused -> assertThat(refused.status()).isEqualTo(400))
        .hasMessageContaining("more JSON than this server reads")
        .hasMessageContaining("maximum allowed")
        .hasMessageNotContaining("StreamReadConstraints");
  }
}
