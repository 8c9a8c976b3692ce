package io.rkllm.tools.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.rkllm.tools.Param;
import io.rkllm.tools.internal.json.Json;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JavaSchemaTest {
  enum Level {
    LOW,
    @JsonProperty("hi")
    HIGH,
    ODD {
      @Override
      public String toString() {
        return "strange";
      }
    }
  }

  record Pair<A, B>(A left, B right) {}

  record Everything(
      Level zuerst,
      Pair<Integer, List<Pair<String, Boolean>>> nested,
      @Param(description = "Words") Map<String, Level> map,
      Optional<Set<UUID>> ids,
      List<int[]> matrix,
      @Nullable Duration duration,
      @Param(name = "at", required = false) LocalDateTime time,
      char letter,
      Object any,
      Optional<LocalTime> maybe) {}

  @Test
  void of_record_isOneSchemaInTheOrderOfTheComponents() {
    assertThat(JavaSchema.of(Everything.class).toPrettyString().replace("\r", ""))
        .isEqualTo(
            Json.tree(
                    """
                    {"type":"object","properties":{
                      "zuerst":{"type":"string","enum":["LOW","hi","strange"]},
                      "nested":{"type":"object","properties":{
                        "left":{"type":"integer"},
                        "right":{"type":"array","items":{"type":"object","properties":{
                          "left":{"type":"string"},"right":{"type":"boolean"}},
                          "required":["left","right"],"additionalProperties":false}}},
                        "required":["left","right"],"additionalProperties":false},
                      "map":{"type":"object","additionalProperties":
                        {"type":"string","enum":["LOW","hi","strange"]},"description":"Words"},
                      "ids":{"type":"array","items":{"type":"string","format":"uuid"}},
                      "matrix":{"type":"array","items":{"type":"array","items":{"type":"integer"}}},
                      "duration":{"type":"string","format":"duration"},
                      "at":{"type":"string","format":"date-time"},
                      "letter":{"type":"string","minLength":1,"maxLength":1},
                      "any":{},
                      "maybe":{"type":"string","format":"time"}},
                     "required":["zuerst","nested","map","matrix","letter","any"],
                     "additionalProperties":false}""")
                .toPrettyString());
  }

  record Node(String name, List<Node> children) {}

  record Inner(StringBuilder builder) {}

  record Outer(Optional<Inner> inner) {}

  record SameName(@Param(name = "b") int a, int b) {}

  record Keys(Map<Integer, String> byNumber) {}

  record Unknown(Pair<?, ?> pair) {}

  @Test
  void of_whatHasNoSchema_isRefusedWithTheReason() {
    refused(Node.class, "Node", "contains itself");
    refused(Outer.class, "java.lang.StringBuilder in ", "Inner", "take a record");
    refused(SameName.class, "two components of the name b");
    refused(Keys.class, "Map");
    refused(byte[].class, "byte[]");
    refused(Map.class, "does not say of what");
    refused(Pair.class, "does not say of what");
    refused(Thread.class, "java.lang.Thread");
  }

  private static void refused(Class<?> type, String... words) {
    assertThatThrownBy(() -> JavaSchema.of(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }
}
