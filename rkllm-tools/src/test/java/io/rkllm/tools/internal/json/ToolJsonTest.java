package io.rkllm.tools.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rkllm.chat.ToolDeclaration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ToolJsonTest {
  private static final ToolDeclaration TOOL =
      new ToolDeclaration(
          "weather",
          "Das Wetter für \"heute\"",
          "{\"type\":\"object\",\"properties\":{\"b\":{},\"a\":{\"enum\":[1,2.50]}},\"x\":[]}");

  @Test
  void declaration_written_isInTheOpenAiFormWithSpacesAndInOrder() {
    assertThat(ToolJson.array(List.of(TOOL, TOOL)))
        .isEqualTo("[" + ToolJson.of(TOOL) + ", " + ToolJson.of(TOOL) + "]");
    assertThat(ToolJson.of(TOOL))
        .isEqualTo(
            "{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\":"
                + " \"Das Wetter für \\\"heute\\\"\", \"parameters\": {\"type\": \"object\","
                + " \"properties\": {\"b\": {}, \"a\": {\"enum\": [1, 2.50]}}, \"x\": []}}}");
  }

  @Test
  void schema_thatIsNoObject_isRefusedByNameAndValue() {
    for (String schema : List.of("[1]", "{\"type\":", "\"object\"")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ToolJson.of(new ToolDeclaration("weather", "", schema)))
          .withMessageContaining("weather")
          .withMessageContaining(schema);
    }
  }

  @Test
  void indented_nested_isAsPythonIndents() {
    assertThat(SpacedJson.writer(2).writeValueAsString(Map.of("a", List.of(1, Map.of()))))
        .isEqualTo("{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
  }
}
