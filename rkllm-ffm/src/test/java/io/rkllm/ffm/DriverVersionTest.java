package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverVersionTest {
  @Test
  void versions_areOrderedByTheirNumbers() {
    assertThat(
            Stream.of("0.8.2", "0.9", "0.9.2", "0.9.6", "v0.9.8", "0.9.10", "0.10.0", "1.0.0")
                .map(DriverVersion::parse)
                .map(Objects::requireNonNull))
        .isSorted();
    assertThat(DriverVersion.parse("0.9")).isEqualTo(new DriverVersion(0, 9, 0));
    assertThat(DriverVersion.parse("v0.9.8\n")).hasToString("0.9.8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "RKNPU", "0", "0.9.", "0.9.8.1", "0.9.x", "0.99999999999", "-1.0"})
  void invalidTexts_areNotVersions(String text) {
    assertThat(DriverVersion.parse(text)).isNull();
  }
}
