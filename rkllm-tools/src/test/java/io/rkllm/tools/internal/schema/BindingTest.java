package io.rkllm.tools.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.tools.internal.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BindingTest {
  @ParameterizedTest
  @ValueSource(classes = {Period.class, Duration.class, LocalDate.class, Instant.class, UUID.class})
  void bind_emptyString_isRefusedAndNotNull(Class<?> type) {
    assertThatThrownBy(() -> Binding.bind(Json.tree("\"\""), type, "when"))
        .isInstanceOf(SchemaViolationException.class);
  }

  @Test
  void bind_emptyStringAsText_isKept() throws SchemaViolationException {
    assertThat(Binding.bind(Json.tree("\"\""), String.class, "text")).isEqualTo("");
  }
}
