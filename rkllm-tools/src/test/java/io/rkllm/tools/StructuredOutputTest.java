package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.GenerationOptions;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.format.ChatFormats;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The prompts for objects, the extraction of the object, and the retries. */
@Timeout(30)
class StructuredOutputTest {
  record Weather(String city, @Param(description = "in °C") int temperature) {}

  enum Color {
    RED,
    GREEN
  }

  private final String city = UUID.randomUUID().toString();
  private final int temperature = ThreadLocalRandom.current().nextInt(100);
  private final Weather expected = new Weather(city, temperature);
  private final String json = "{\"city\": \"" + city + "\", \"temperature\": " + temperature + "}";

  private final Deque<String> answers = new ArrayDeque<>();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> Script.of(answers.removeFirst().splitWithDelimiters(" ", 0)));

  @Test
  void generate_runtimesTemplate_asksWithTheSchemaAndBindsTheAnswer() {
    answers.add(json);

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("How warm is it?", Weather.class))
          .isEqualTo(expected);
    }

    assertThat(prompts())
        .containsExactly(
            """
            How warm is it?

            Answer with one JSON object that fits this JSON Schema, and with nothing else:
            {"type":"object","properties":{"city":{"type":"string"},\
            "temperature":{"type":"integer","description":"in °C"}},\
            "required":["city","temperature"],"additionalProperties":false}""");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sure! %s Anything else?",
        "```json\n%s\n```",
        "<think>{\"city\": \"no\", \"temperature\": 1} or so</think>\n%s",
        "\n<think>\n{ hmm, \"{ </think>%s",
        "First {\"city\": \"no\", \"temperature\": 1}, but then: %s",
        "{\"type\": \"object\"} is the schema. %s {\"and\": \"more\"}",
        "Set { of braces: %s",
        "A \" and { \" before %s",
        "{{ %s }}",
        "{%s}",
        "{\"Weather\": %s}",
        "{\"answer\": {\"weather\": %s}}",
        "[%s]",
        "\"%s\"",
      })
  void generate_objectInWhateverWrapsIt_isFound(String wrapping) {
    answers.add(wrapping.formatted(json));

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("?", Weather.class)).isEqualTo(expected);
    }
  }

  @Test
  void generate_jsonWithSlips_isRepaired() {
    answers.add("{'city': '" + city + "', temperature: " + temperature + ",}");

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("?", Weather.class)).isEqualTo(expected);
    }
    assertThat(prompts()).hasSize(1);
  }

  record Outer(String city, int temperature, Optional<Weather> sister) {}

  @ParameterizedTest
  @ValueSource(strings = {"", "\n```", "\nI hope that helps.", " \n"})
  void generate_lastBraceMissing_isRepairedAndNothingInsideIsTaken(String behind) {
    answers.add("```json\n{\"city\": \"x\", \"temperature\": 1, \"sister\": " + json + behind);

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("?", Outer.class))
          .isEqualTo(new Outer("x", 1, Optional.of(expected)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {", ]", ",", ", \"more\": \"half a te", " and {more}"})
  void generate_incompleteObject_isNotReplacedByAnInnerOne(String end) {
    String answer = "{\"Name\": \"x\", \"sister\": " + json + end;
    answers.add(answer);
    answers.add(answer);

    try (RkllmModel model = load()) {
      assertThatThrownBy(() -> StructuredOutput.of(model).generate("?", Weather.class))
          .isInstanceOf(StructuredOutputException.class);
    }
  }

  @Test
  void generate_thinkingThatBeganInThePrompt_isLeftOut() {
    answers.add("{\"city\": \"no\", \"temperature\": 1} { is wrong</think>" + json);

    try (RkllmModel model = load()) {
      assertThat(
              StructuredOutput.builder(model).thinking(true).build().generate("?", Weather.class))
          .isEqualTo(expected);
    }
    assertThat(((TextPrompt) runtime.requests().getFirst().input()).thinking()).isTrue();
  }

  @Test
  void generate_formatThatAlwaysThinks_takesNothingFromThinking() {
    String thought = "{\"city\": \"no\", \"temperature\": 1} or ";
    answers.add(thought);
    answers.add(thought + "not</think>" + json);

    try (RkllmModel model = builder().chatFormat(ChatFormats.qwen3Thinking()).load()) {
      assertThat(StructuredOutput.of(model).generate("?", Weather.class)).isEqualTo(expected);
    }
    assertThat(prompts()).hasSize(2);
    assertThat(prompts().getLast()).doesNotContain("or ");
  }

  @Test
  void generate_tagOfThinkingInsideTheAnswer_staysThere() {
    answers.add("{\"city\": \"</think>\", \"temperature\": 1}");

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("?", Weather.class).city())
          .isEqualTo("</think>");
    }
  }

  @Test
  void generate_runtimesTemplateAndBadAnswer_retriesWithTheViolations() {
    answers.add("<think>secret</think>{\"city\": 7}");
    answers.add(json);

    try (RkllmModel model = load()) {
      assertThat(StructuredOutput.of(model).generate("How warm?", Weather.class))
          .isEqualTo(expected);
    }

    assertThat(prompts().getLast())
        .startsWith(prompts().getFirst())
        .endsWith(
            """


            Your answer was:
            {"city": 7}

            That does not fit the JSON Schema: "city" must be a string, was 7; "temperature" is\
             missing. Answer again, with the corrected JSON object and nothing else.""");
  }

  @Test
  void generate_chatFormatAndBadAnswer_asksOnceMoreInAConversation() {
    answers.add("I do not know\0.");
    answers.add(json);

    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).load()) {
      assertThat(
              StructuredOutput.builder(model)
                  .systemPrompt("Be exact.")
                  .build()
                  .generate("How warm?", Weather.class))
          .isEqualTo(expected);
    }

    assertThat(prompts().getFirst())
        .startsWith("<|im_start|>system\nBe exact.<|im_end|>\n<|im_start|>user\nHow warm?");
    assertThat(prompts().getLast())
        .endsWith(
            """
            "additionalProperties":false}<|im_end|>
            <|im_start|>assistant
            I do not know\uFFFD.<|im_end|>
            <|im_start|>user
            That does not fit the JSON Schema: there is no complete JSON object in it. Answer again,\
             with the corrected JSON object and nothing else.<|im_end|>
            <|im_start|>assistant
            """);
  }

  @Test
  void generate_neverFits_failsWithAllAnswers() {
    List<String> bad =
        List.of("<think>no", "{\"city\": ", "{\"city\": \"x\", \"temperature\": 9999999999}");
    answers.addAll(bad);

    try (RkllmModel model = load()) {
      StructuredOutput output = StructuredOutput.builder(model).maxRetries(2).build();

      assertThatThrownBy(() -> output.generate("?", Weather.class))
          .isInstanceOfSatisfying(
              StructuredOutputException.class,
              e -> {
                assertThat(e.answers()).isEqualTo(bad);
                assertThat(e.reason()).startsWith("\"temperature\" ");
                assertThat(e)
                    .hasMessageContainingAll(
                        Weather.class.getName(), "3 attempts", e.reason(), bad.getLast());
              });
    }
    assertThat(runtime.requests()).hasSize(3);
  }

  @Test
  void generate_answerCutOffAtTheLimit_saysSo() {
    answers.add("{\"city\": \"a b c d e f g h\"");

    try (RkllmModel model = load()) {
      StructuredOutput output =
          StructuredOutput.builder(model)
              .maxRetries(0)
              .options(GenerationOptions.builder().maxNewTokens(3).build())
              .build();

      assertThatThrownBy(() -> output.generate("?", Weather.class))
          .isInstanceOf(StructuredOutputException.class)
          .hasMessageContainingAll(
              "1 attempt:", "not a complete JSON object", "raise maxNewTokens");
    }
  }

  @Test
  void generate_classesThatAreNoObjects_areAskedForAsAProperty() {
    answers.add("It is {\"value\": \"GREEN\"}.");
    answers.add("{\"value\": 42.0}");
    answers.add("{\"value\": \"2026-01-31\"}");
    answers.add("{\"value\": [" + json + "]}");
    answers.add("{\"value\": true}");

    try (RkllmModel model = load()) {
      StructuredOutput output = StructuredOutput.of(model);
      assertThat(output.generate("?", Color.class)).isEqualTo(Color.GREEN);
      assertThat(output.generate("?", int.class)).isEqualTo(42);
      assertThat(output.generate("?", LocalDate.class)).isEqualTo(LocalDate.of(2026, 1, 31));
      assertThat(output.generate("?", Weather[].class)).containsExactly(expected);
      assertThat(output.generate("?", Boolean.class)).isTrue();
    }
    assertThat(prompts().getFirst()).contains("\"enum\":[\"RED\",\"GREEN\"]");
  }

  @Test
  void generate_whatCannotBeAsked_isRefusedBeforeTheModelRuns() {
    try (RkllmModel model = load()) {
      StructuredOutput output = StructuredOutput.of(model);
      assertThatThrownBy(() -> output.generate("", Weather.class))
          .hasMessageContaining("prompt must not be empty");
      assertThatThrownBy(() -> output.generate("?", List.class))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("java.util.List does not say of what");
      assertThatThrownBy(() -> StructuredOutput.builder(model).systemPrompt("x"))
          .hasMessageContaining("chat format");
      assertThatThrownBy(() -> StructuredOutput.builder(model).maxRetries(11))
          .hasMessage("maxRetries must be in [0, 10], was 11");
    }
    assertThat(runtime.requests()).isEmpty();
  }

  private RkllmModel load() {
    return builder().load();
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("any")).runtime(runtime);
  }

  private List<String> prompts() {
    return runtime.requests().stream().map(ScriptedRuntime::promptOf).toList();
  }
}
