package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.MediaTags;
import io.rkllm.input.Tokenizer;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.spi.ModelConfig;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * String representation, comparison and copying of options, and the initial history of a session.
 */
@Timeout(30)
class OptionsTest {
  private static final Map<String, Consumer<Sampling.Builder>> SETTERS =
      Map.of(
          "topK=3", b -> b.topK(3),
          "topP=0.5", b -> b.topP(0.5),
          "temperature=0.25", b -> b.temperature(0.25),
          "repeatPenalty=1.5", b -> b.repeatPenalty(1.5),
          "frequencyPenalty=-0.5", b -> b.frequencyPenalty(-0.5),
          "presencePenalty=0.75", b -> b.presencePenalty(0.75),
          "mirostat=2", b -> b.mirostat(2),
          "mirostatTau=4.0", b -> b.mirostatTau(4),
          "mirostatEta=0.125", b -> b.mirostatEta(0.125));

  @Test
  void sampling_eachOption_isSeenKeptAndCompared() {
    Sampling.Builder all = Sampling.builder();
    SETTERS.forEach(
        (text, setter) -> {
          Sampling one = with(setter);
          assertThat(one).hasToString("Sampling{" + text + "}");
          assertThat(one)
              .isEqualTo(with(setter))
              .hasSameHashCodeAs(with(setter))
              .isNotEqualTo(Sampling.defaults());
          assertThat(one.toBuilder().build()).isEqualTo(one);
          setter.accept(all);
        });

    assertThat(all.build().toString()).contains(SETTERS.keySet());
    assertThat(all.build().toBuilder().build()).isEqualTo(all.build());
    assertThat(Sampling.defaults()).hasToString("Sampling{}").isNotEqualTo("Sampling{}");
    assertThat(Sampling.greedy().topK()).isOne();
  }

  private static Sampling with(Consumer<Sampling.Builder> setter) {
    Sampling.Builder builder = Sampling.builder();
    setter.accept(builder);
    return builder.build();
  }

  @Test
  void builder_usedOn_doesNotChangeWhatItBuilt() {
    Sampling.Builder builder = Sampling.builder().topK(1);
    Sampling built = builder.build();
    builder.topK(2);
    assertThat(built.topK()).isOne();

    GenerationOptions.Builder options = GenerationOptions.builder().stopSequences("a");
    GenerationOptions first = options.build();
    options.stopSequences("b", "c");
    assertThat(first.stopSequences()).containsExactly("a");
    assertThat(options.build().stopSequences()).containsExactly("b", "c");
  }

  @Test
  void generationOptions_readAsSet_andGrow() {
    GenerationOptions options =
        GenerationOptions.builder()
            .timeout(Duration.ofSeconds(5))
            .maxNewTokens(7)
            .sampling(Sampling.greedy())
            .stopSequences("END")
            .savePromptCache(Path.of("file"))
            .build();

    assertThat(options.toString())
        .contains(
            "timeout=PT5S",
            "maxNewTokens=7",
            "sampling=" + Sampling.greedy(),
            "stopSequences=[END]",
            "lora=null",
            "savePromptCache=" + Path.of("file").toAbsolutePath());
    assertThat(options.toBuilder().build()).hasToString(options.toString());
    assertThat(options.toBuilder().maxNewTokens(8).build().stopSequences()).containsExactly("END");
  }

  @Test
  void forwardAndEmbedOptions_readAsSet_andGrow() {
    ForwardOptions forward = ForwardOptions.builder().timeout(Duration.ofSeconds(5)).build();
    assertThat(forward).hasToString("ForwardOptions[timeout=PT5S, lora=null]");
    assertThat(forward.toBuilder().build()).hasToString(forward.toString());
    assertThat(ForwardOptions.defaults().timeout()).isNull();

    EmbedOptions embed =
        EmbedOptions.builder()
            .pooling(EmbedOptions.Pooling.MEAN)
            .normalize(true)
            .timeout(Duration.ofSeconds(6))
            .build();
    assertThat(embed.toString())
        .contains("pooling=MEAN", "normalize=true", "timeout=PT6S", "lora=null");
    assertThat(embed.toBuilder().build()).hasToString(embed.toString());
    assertThat(embed.toBuilder().normalize(true).build().pooling())
        .isEqualTo(EmbedOptions.Pooling.MEAN);
    assertThat(EmbedOptions.defaults().normalize()).isFalse();
  }

  @Test
  void sessionOptions_readAsSet_andGrow() {
    SessionOptions options =
        SessionOptions.builder()
            .systemPrompt("Be brief.")
            .history(List.of(new ChatMessage.User("hi")))
            .build();

    assertThat(options.toString()).contains("systemPrompt=Be brief.", "cancelledTurns=KEEP", "hi");
    assertThat(options.toBuilder().build()).hasToString(options.toString());
  }

  @Test
  void sessionHistory_isSaidBeforeTheFirstTurn_alsoAfterAClear() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("new"));
    List<ChatMessage> said = new ArrayList<>();
    said.add(new ChatMessage.User("old question"));
    said.add(new ChatMessage.Assistant("old answer"));
    SessionOptions options = SessionOptions.builder().systemPrompt("S").history(said).build();
    said.clear(); // the list was copied
    try (RkllmModel model =
            RkllmModel.builder(Path.of("x"))
                .runtime(runtime)
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession session = model.openSession(options)) {
      session.generate("first").text();
      session.clear();
      session.generate("second").text();
    }

    String before =
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nold question<|im_end|>\n"
            + "<|im_start|>assistant\nold answer<|im_end|>\n<|im_start|>user\n";
    assertThat(runtime.requests().stream().map(ScriptedRuntime::promptOf))
        .allSatisfy(prompt -> assertThat(prompt).startsWith(before))
        .satisfiesExactly(
            prompt -> assertThat(prompt).contains("first"),
            prompt -> assertThat(prompt).contains("second").doesNotContain("first", "new"));
  }

  @Test
  void sessionHistory_isRefused_whereItCannotBeHad() {
    List<ChatMessage> said = List.of(new ChatMessage.User("x"));
    try (RkllmModel model =
        RkllmModel.builder(Path.of("x")).runtime(ScriptedRuntime.answering(Script::of)).load()) {
      assertThatThrownBy(() -> model.openSession(SessionOptions.builder().history(said).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("history", "chatFormat");
      model.openSession().close(); // a rejected session is not open
    }
    assertThatThrownBy(() -> SessionOptions.builder().history(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("messages must not be null");
    assertThatThrownBy(() -> SessionOptions.builder().history(Arrays.asList(said.getFirst(), null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("messages[1] must not be null");
  }

  @Test
  void options_withEqualValues_areEqual() {
    GenerationOptions generation =
        GenerationOptions.builder().timeout(Duration.ofSeconds(1)).stopSequences("a").build();
    SessionOptions session = SessionOptions.builder().systemPrompt("x").build();
    ForwardOptions forward = ForwardOptions.builder().timeout(Duration.ofSeconds(1)).build();
    EmbedOptions embed = EmbedOptions.builder().normalize(true).build();

    assertEqual(generation, generation.toBuilder().build(), GenerationOptions.defaults());
    assertEqual(session, session.toBuilder().build(), SessionOptions.defaults());
    assertEqual(
        forward,
        ForwardOptions.builder().timeout(Duration.ofSeconds(1)).build(),
        ForwardOptions.defaults());
    assertEqual(embed, EmbedOptions.builder().normalize(true).build(), EmbedOptions.defaults());
  }

  private static void assertEqual(Object one, Object same, Object other) {
    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
    assertThat(one).hasToString(same.toString());
  }

  @Test
  void results_tellWhatTheyAre() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("a", "b", "c"));
    try (RkllmModel model = RkllmModel.builder(Path.of("qwen.rkllm")).runtime(runtime).load()) {
      assertThat(model.toString()).contains("qwen.rkllm", "open", "4096", "scripted");
      Generation generation = model.generate("x");
      GenerationResult result = generation.await();
      assertThat(generation.toString()).contains("qwen.rkllm", "STOP");
      assertThat(result.tokenIds()).containsExactly(1, 2, 3);
      assertThat(result)
          .isEqualTo(GenerationResult.of("abc", result.finishReason(), result.stats(), 1, 2, 3))
          .isNotEqualTo(GenerationResult.of("abc", result.finishReason(), result.stats(), 1));
      model.close();
      assertThat(model.toString()).contains("closed");
    }
  }

  /** Each setter is called with a value that is not the default, found by reflection. */
  @Test
  void modelConfig_toBuilder_keepsEachValue() throws Exception {
    ModelConfig.Builder builder = ModelConfig.builder(Path.of("x"));
    for (RecordComponent component : ModelConfig.class.getRecordComponents()) {
      Object value =
          switch (component.getType().getSimpleName()) {
            case "Integer", "int" -> 7;
            case "Boolean", "boolean" -> true;
            case "Sampling" -> Sampling.greedy();
            case "CpuAffinity" -> CpuAffinity.of(1);
            case "MediaTags" -> new MediaTags(component.getName(), "b", "c");
            case "Tokenizer" -> (Tokenizer) text -> new int[] {1};
            case "EmbeddingLookup" -> (EmbeddingLookup) (ids, rows) -> {};
            default -> null;
          };
      if (value != null) {
        Arrays.stream(ModelConfig.Builder.class.getMethods())
            .filter(method -> method.getName().equals(component.getName()))
            .findAny()
            .orElseThrow()
            .invoke(builder, value);
      }
    }
    ModelConfig config = builder.build();
    for (RecordComponent component : ModelConfig.class.getRecordComponents()) {
      Object value = component.getAccessor().invoke(config);
      assertThat(value).as(component.getName()).isNotNull();
      assertThat(value)
          .as(component.getName())
          .isNotEqualTo(component.getAccessor().invoke(ModelConfig.of(Path.of("y"))));
    }
    assertThat(config.toBuilder().build()).isEqualTo(config);
  }
}
