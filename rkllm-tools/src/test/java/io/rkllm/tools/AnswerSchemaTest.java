package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that must be JSON objects of a schema that is text. */
class AnswerSchemaTest {
  private static final String CITY =
      """
      {"type":"object","properties":{"city":{"type":"string"},"size":{"type":"integer"}},
       "required":["city"],"additionalProperties":false}""";

  private static final Conversation QUESTION =
      Conversation.of(List.of(new ChatMessage.User("A city?")));

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<think>perhaps {\"city\":\"Rome\"}?</think>",
        "<|channel>thought\nperhaps {\"city\":\"Rome\"}?<channel|>",
        "[THINK]perhaps {\"city\":\"Rome\"}?[/THINK]",
        "<|thought_start|>perhaps {\"city\":\"Rome\"}?<|thought_end|>"
      })
  void read_afterThinkingOfAnyFamily_isTaken(String thinking) {
    String inside = thinking.substring(thinking.indexOf("perhaps"));

    assertThat(schema.read(thinking + "{\"city\":\"Oslo\"} or {1}", false))
        .isEqualTo("{\"city\":\"Oslo\"}");
    assertThat(schema.read(inside + "{\"city\":\"Oslo\"}", true)).isEqualTo("{\"city\":\"Oslo\"}");
    assertThatThrownBy(() -> schema.read(thinking, false))
        .isInstanceOf(StructuredOutputException.class)
        .hasMessageContaining("no complete JSON object");
  }

  @Test
  void asking_putsTheRequestBeforeABegunAnswerAndBehindResults() {
    ChatMessage begun = new ChatMessage.Assistant("It is");
    ChatMessage result = new ChatMessage.ToolResult("1", "f", "{}");

    assertThat(texts(schema.asking(QUESTION))).containsExactly("A city?\n\n" + schema.request());
    assertThat(texts(schema.asking(with(begun))))
        .containsExactly("A city?\n\n" + schema.request(), "It is");
    assertThat(texts(schema.asking(with(result)))).endsWith("{}", schema.request());
  }

  private static Conversation with(ChatMessage more) {
    return QUESTION.withMessages(List.of(QUESTION.messages().getFirst(), more));
  }

  private static List<String> texts(Conversation conversation) {
    return conversation.messages().stream().map(ChatMessage::text).toList();
  }

  @Test
  void read_violation_hasAMessageForTheModel() {
    assertThatThrownBy(() -> schema.read("{\"town\":\"Bremen\"}", false))
        .isInstanceOfSatisfying(
            StructuredOutputException.class,
            violation -> {
              assertThat(violation.reason()).contains("city");
              Conversation again =
                  schema.correcting(QUESTION, "<think>hm</think>{}", false, violation);
              assertThat(again.messages()).hasSize(3);
              assertThat(again.messages().get(1)).isEqualTo(new ChatMessage.Assistant("{}"));
              assertThat(again.messages().get(2).text()).contains(violation.reason());
              assertThat(violation.answers()).containsExactly("{\"town\":\"Bremen\"}");
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
