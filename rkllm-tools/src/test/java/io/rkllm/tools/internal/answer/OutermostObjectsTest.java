package io.rkllm.tools.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.tools.internal.json.Json;
import io.rkllm.tools.internal.schema.JavaSchema;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assertions;

class OutermostObjectsTest {

  @Example
  void of_objectsAmongWords_areThoseOutermost() {
    assertThat(OutermostObjects.of("a {\"b\":{\"c\":\"}\\\"{\"}} d } {} \" {1}"))
        .containsExactly("{\"b\":{\"c\":\"}\\\"{\"}}", "{}", "{1}");
    assertThat(OutermostObjects.of("{ { {\"a\":1}")).containsExactly("{\"a\":1}");
    assertThat(OutermostObjects.of("no \"{\" none")).isEmpty();
  }

  @Property
  void of_anyObjectAmongWordsWithoutBraces_isFound(
      @ForAll("words") String before, @ForAll("json") String text, @ForAll("words") String after) {
    String object =
        Json.write(java.util.Map.of("k", text, text, List.of(text, java.util.Map.of())));

    assertThat(OutermostObjects.of(before + object + after)).containsExactly(object);
  }

  @Property
  void read_anyText_returnsAnObjectOrAViolation(
      @ForAll("json") String text, @ForAll boolean thinking) {
    AnswerReader reader =
        new AnswerReader(new LenientSchema(JavaSchema.close(JavaSchema.emptyObject())));
    try {
      assertThat(reader.read(text, thinking).isEmpty()).isTrue();
    } catch (SchemaViolationException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** Quadratic time would be hours here. */
  @Example
  void read_megabytesOfBraces_takesLinearTime() {
    AnswerReader reader =
        new AnswerReader(new LenientSchema(JavaSchema.close(JavaSchema.emptyObject())));
    for (String part :
        List.of("{", "}", "{\"", "{\"a\":", "{}x", "{x}", "{\"a\":{}}", "{{", "\\\"{", "{x")) {
      String text = part.repeat(4_000_000 / part.length());
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> {
            if (!part.equals("{}x") && !part.equals("{\"a\":{}}")) {
              assertThatThrownBy(() -> reader.read(text, false))
                  .isInstanceOf(SchemaViolationException.class);
            } else {
              assertThat(reader.read(text, false).isEmpty()).isTrue();
            }
          },
          part);
    }
  }

  @Provide
  Arbitrary<String> words() {
    return Arbitraries.strings().withChars("ab \n\"`'[]<>/:,").ofMaxLength(20);
  }

  @Provide
  Arbitrary<String> json() {
    return Arbitraries.of(
            "{",
            "}",
            "\"",
            "\\",
            "a",
            ":",
            ",",
            "[",
            "]",
            "<think>",
            "</think>",
            "1",
            " ",
            "é",
            "{}")
        .list()
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }
}
