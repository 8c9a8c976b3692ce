package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatMessage;
import org.junit.jupiter.api.Test;

/** Answers that must be JSON objects of a schema that is text. */
class AnswerSchemaTest {
  private static final String CITY =
      """
      {"type":"object","properties":{"city":{"type":"string"},"size":{"type":"integer"}},
       "required":["city"],"additionalProperties":false}""";

  private final AnswerSchema schema = AnswerSchema.of(CITY);

  @Test
  void read_objectAmongWordsAndFences_isTaken() {
    String answer = "Here you are:\n```json\n{\"city\": \"Bremen\", \"size\": 5.0}\n```\nDone.";

    assertThat(schema.read(answer, false)).isEqualTo("{\"city\":\"Bremen\",\"size\":5}");
  }

  @Test
  void read_afterThinkingThatThePromptBegan_isTaken() {
    String answer = "perhaps {\"city\":\"Rome\"}?</think>{\"city\":\"Oslo\"}";

    assertThat(schema.read(answer, true)).isEqualTo("{\"city\":\"Oslo\"}");
  }

  @Test
  void read_misfit_saysWhatIsWrongInWordsForTheModel() {
    assertThatThrownBy(() -> schema.read("{\"town\":\"Bremen\"}", false))
        .isInstanceOfSatisfying(
            StructuredOutputException.class,
            misfit -> {
              assertThat(misfit.reason()).contains("city");
              assertThat(schema.correction(misfit)).contains(misfit.reason());
              assertThat(misfit.answers()).containsExactly("{\"town\":\"Bremen\"}");
            });
  }

  @Test
  void request_showsTheSchema() {
    assertThat(schema.request()).contains("\"additionalProperties\":false");
    assertThat(AnswerSchema.anyObject().request()).contains("JSON object");
  }

  @Test
  void shown_longAnswer_isCutWhereAMessageCanHoldIt() {
    String shown = AnswerSchema.excerpt("<think>hm</think>" + "😀a".repeat(1_400), false);

    assertThat(shown).startsWith("😀a").hasSizeLessThan(4_100);
    assertThat(new ChatMessage.Assistant(shown).text()).isEqualTo(shown); // no half of a character
  }

  @Test
  void anyObject_anything_isTaken() {
    assertThat(AnswerSchema.anyObject().read("so: {\"a\":[1,null]}", false))
        .isEqualTo("{\"a\":[1,null]}");
  }

  @Test
  void of_whatIsNoSchemaOfAnObject_isRefused() {
    assertThatThrownBy(() -> AnswerSchema.of("{\"type\":\"array\"}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("object");
    assertThatThrownBy(() -> AnswerSchema.of("nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
