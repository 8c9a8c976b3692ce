package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token limit of one generation, enforced by the runtime or by the SDK, with the same text. */
@Timeout(30)
class TokenLimitTest {
  private static final int TOKENS = 20;

  private final ScriptedRuntime knowsLimits =
      ScriptedRuntime.answering(prompt -> Script.counting(TOKENS));
  private final ScriptedRuntime knowsNone =
      knowsLimits.withCapabilities(
          EnumSet.complementOf(EnumSet.of(Capability.PER_RUN_MAX_NEW_TOKENS)));

  private static GenerationOptions atMost(int tokens) {
    return GenerationOptions.builder().maxNewTokens(tokens).build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, TOKENS - 1, TOKENS, TOKENS + 1, 16_384})
  void limit_keptByEither_givesTheSame(int limit) {
    int expected = Math.min(limit, TOKENS);
    String text = String.join("", countingTo(expected));
    for (ScriptedRuntime runtime : List.of(knowsLimits, knowsNone)) {
      try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load()) {
        Generation generation = model.generate("x", atMost(limit));
        GenerationResult result = generation.await();

        assertThat(result.text()).isEqualTo(text);
        assertThat(result.stats().generatedTokens()).isEqualTo(expected);
        assertThat(generation).hasSize(expected);
        assertThat(result.finishReason())
            .isEqualTo(limit <= TOKENS ? FinishReason.LENGTH : FinishReason.STOP);
      }
    }
  }

  @Test
  void limit_reachesOnlyRuntimesThatSupportIt() {
    for (ScriptedRuntime runtime : List.of(knowsLimits, knowsNone)) {
      try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load()) {
        model.generate("x", atMost(3)).text();
        model.generate("x").text();
      }
    }

    assertThat(knowsLimits.requests().getFirst().maxNewTokens()).isEqualTo(3);
    assertThat(knowsLimits.aborts()).isZero();
    assertThat(knowsNone.requests().getFirst().maxNewTokens()).isNull();
    assertThat(knowsNone.requests().getLast().maxNewTokens()).isNull();
  }

  @Test
  void limit_oneAfterTheOther_doesNotReachTheNext() {
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(knowsNone).load()) {
      for (int i = 1; i <= 200; i++) {
        int limit = 1 + i % TOKENS;
        assertThat(model.generate("x", atMost(limit)).await().stats().generatedTokens())
            .isEqualTo(limit);
      }
      assertThat(model.generate("x").await().stats().generatedTokens()).isEqualTo(TOKENS);
    }
  }

  @Test
  void limit_nativeHistory_isRejectedIfTheRuntimeHasNone() {
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(knowsNone).load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("x", atMost(3)))
          .isInstanceOfSatisfying(
              UnsupportedFeatureException.class,
              e -> assertThat(e.capability()).isEqualTo(Capability.PER_RUN_MAX_NEW_TOKENS));
    }
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(knowsLimits).load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("x", atMost(3)).text()).isEqualTo("0 1 2 ");
    }
  }

  @Test
  void limit_chatFormat_theTranscriptHoldsWhatWasShown() {
    try (RkllmModel model =
            RkllmModel.builder(Path.of("x"))
                .runtime(knowsNone)
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession session = model.openSession()) {
      session.generate("x", atMost(2)).text();
      session.generate("x", atMost(2)).text();
    }

    assertThat(ScriptedRuntime.promptOf(knowsNone.requests().getLast()))
        .contains("assistant\n0 1 <|im_end|>");
  }

  // ---- The default limit, which is the size of the context

  private static RkllmModel.Builder withContext(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("x")).runtime(runtime).contextLength(32);
  }

  private final ScriptedRuntime runsAway =
      ScriptedRuntime.answering(
          prompt -> prompt.equals("short") ? Script.counting(3) : Script.counting(500));

  @Test
  void noLimit_runawayAnswer_endsAtTheSizeOfTheContext() {
    ScriptedRuntime withoutLimits = runsAway.withCapabilities(EnumSet.of(Capability.BATCHES));
    for (ScriptedRuntime runtime : List.of(runsAway, withoutLimits)) {
      try (RkllmModel model = withContext(runtime).load();
          InferenceSession session = model.openSession()) {
        GenerationResult result = session.generate("x").await();
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(result.stats().generatedTokens()).isEqualTo(32);
      }
      try (RkllmModel model = withContext(runtime).chatFormat(ChatFormat.chatMl()).load();
          InferenceSession session = model.openSession()) {
        assertThat(session.generate("x").await().finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(model.generate("x").await().stats().generatedTokens()).isEqualTo(32);
      }
      try (RkllmModel model = withContext(runtime).batchSize(2).load()) {
        List<Generation> answers =
            model.generateBatch(List.of(TextPrompt.of("x"), TextPrompt.of("short")));
        assertThat(answers.stream().map(g -> g.await().finishReason()))
            .containsExactly(FinishReason.LENGTH, FinishReason.STOP);
        assertThat(answers.getFirst().await().stats().generatedTokens()).isEqualTo(32);
      }
      assertThat(runtime.aborts()).isZero();
    }
  }

  @Test
  void noLimit_theOneOfTheRunCounts() {
    try (RkllmModel model = withContext(runsAway).load()) {
      assertThat(model.generate("x", atMost(40)).await().stats().generatedTokens()).isEqualTo(40);
      assertThat(model.generate("x").await().stats().generatedTokens()).isEqualTo(32);
    }
  }

  @Test
  void limitOfTheRun_aboveTheModels_endsAtTheModelsIfTheRuntimeHasNoOther() {
    ScriptedRuntime knowsOne = runsAway.withCapabilities(EnumSet.of(Capability.BATCHES));
    try (RkllmModel model = withContext(knowsOne).maxNewTokens(5).load()) {
      for (int limit : new int[] {4, 5, 6, 20}) {
        GenerationResult result = model.generate("x", atMost(limit)).await();
        assertThat(result.stats().generatedTokens()).isEqualTo(Math.min(limit, 5));
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      }
    }
  }

  @Test
  void unlimitedTokens_theAnswerContinues_theLastCallCounts() {
    try (RkllmModel model = withContext(runsAway).maxNewTokens(5).unlimitedTokens().load()) {
      assertThat(runsAway.configs().getLast().maxNewTokens()).isEqualTo(-1);
      GenerationResult result = model.generate("x").await();
      assertThat(result.stats().generatedTokens()).isEqualTo(500);
    }
    try (RkllmModel model = withContext(runsAway).unlimitedTokens().maxNewTokens(5).load()) {
      assertThat(model.generate("x").await().stats().generatedTokens()).isEqualTo(5);
    }
  }

  // ---- Pauses: earlier tokens count

  @Test
  void resumedRun_keepsToWhatIsLeftOfTheLimit() throws Exception {
    for (boolean ofTheRun : new boolean[] {true, false}) {
      Hold hold = new Hold();
      ScriptedRuntime runtime =
          ScriptedRuntime.answering(
              prompt -> Script.of("a").then(hold::here).then(Script.counting(500)));
      try (RkllmModel model = withContext(runtime).load()) {
        Generation held = model.generate("x", ofTheRun ? atMost(32) : GenerationOptions.defaults());
        hold.awaitReached();
        var pause = Pausing.begin(held);
        hold.release();
        try (PausedGeneration paused = pause.get().orElseThrow()) {
          GenerationResult resumed = paused.resume().await();
          assertThat(held.await().stats().generatedTokens()).isEqualTo(2);
          assertThat(resumed.stats().generatedTokens()).isEqualTo(30);
          assertThat(resumed.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
      }
    }
  }

  @Test
  void pause_atTheLimit_isNotAPause() throws Exception {
    Hold hold = new Hold();
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(prompt -> Script.of("a").then(hold::here).then("b", "c"));
    try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load()) {
      Generation held = model.generate("x", atMost(2));
      hold.awaitReached();
      var pause = Pausing.begin(held);
      hold.release();
      assertThat(pause.get()).isEmpty();
      assertThat(held.await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  private static List<String> countingTo(int tokens) {
    return IntStream.range(0, tokens).mapToObj(i -> i + " ").toList();
  }
}
