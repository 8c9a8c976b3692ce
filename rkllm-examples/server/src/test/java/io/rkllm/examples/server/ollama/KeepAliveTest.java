package io.rkllm.examples.server.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeepAliveTest {
  private static RequestObject body(String value) {
    return RequestObject.parse(("{\"keep_alive\":" + value + "}").getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "300, PT5M",
    "0.5, PT0.5S",
    "0, PT0S",
    "'\"5m\"', PT5M",
    "'\"1h30m\"', PT1H30M",
    "'\"1.5h\"', PT1H30M",
    "'\"250ms\"', PT0.25S",
    "'\"60\"', PT1M",
    "'\"0\"', PT0S",
    "'\"0s\"', PT0S"
  })
  void read_duration_inItsUnit(String value, Duration expected) {
    assertThat(KeepAlive.read(body(value))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-0.5", "\"-1m\"", "\"-1\"", "-1e300"})
  void read_negative_forEver(String value) {
    assertThat(KeepAlive.read(body(value))).isNegative();
  }

  @Test
  void read_huge_isBounded() {
    assertThat(KeepAlive.read(body("1e300"))).isEqualTo(Duration.ofDays(36_500));
    assertThat(KeepAlive.read(body("9".repeat(900)))).isEqualTo(Duration.ofDays(36_500));
    assertThat(KeepAlive.read(body("-" + "9".repeat(900)))).isNegative();
  }

  @Test
  void read_nothing_isTheUsualTime() {
    assertThat(KeepAlive.read(body("null"))).isNull();
  }

  @Test
  void read_verySlowlyCounted_refused() {
    RequestObject body = body('"' + "1s".repeat(200_000) + '"');

    assertThatThrownBy(() -> KeepAlive.read(body))
        .isInstanceOf(RequestException.class)
        .hasMessageStartingWith("keep_alive must be")
        .message()
        .hasSizeLessThan(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"soon\"", "\"5 minutes\"", "\"\"", "true", "[]", "\"m\""})
  void read_nonsense_refused(String value) {
    RequestObject body = body(value);

    assertThatThrownBy(() -> KeepAlive.read(body))
        .isInstanceOf(RequestException.class)
        .hasMessageStartingWith("keep_alive must be");
  }
}
