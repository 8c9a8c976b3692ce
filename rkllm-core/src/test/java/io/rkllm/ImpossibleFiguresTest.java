package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Measurements of the runtime that are impossible. */
@Timeout(30)
class ImpossibleFiguresTest {
  private static final int CONTEXT = 64;

  private static RkllmModel load(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("x")).runtime(runtime).contextLength(CONTEXT).load();
  }

  private static ScriptedRuntime answering(RunPerformance figures) {
    return ScriptedRuntime.answering(prompt -> Script.counting(3).thenFinish(figures));
  }

  @ParameterizedTest
  @ValueSource(
      floats = {
        -1,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        -Float.MIN_VALUE
      })
  void times_andMemory_areAbsent(float impossible) {
    RunPerformance figures = new RunPerformance(impossible, 7, impossible, 2, impossible);
    try (RkllmModel model = load(answering(figures))) {
      GenerationStats stats = model.generate("x").await().stats();

      assertThat(stats.prefillTime()).isEmpty();
      assertThat(stats.prefillTokens()).hasValue(7);
      assertThat(stats.decodeTime())
          .isBetween(Duration.ZERO, Duration.ofSeconds(30)); // measured by the SDK
      assertThat(stats.generatedTokens()).isEqualTo(3);
      assertThat(stats.tokensPerSecond()).isFinite().isNotNegative();
      if (impossible != Float.MAX_VALUE) {
        assertThat(stats.memoryMegabytes()).isEmpty();
      }
      assertThat(model.stats().prefillTime()).isZero();
      assertThat(model.stats().decodeTime()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, CONTEXT + 1, Integer.MAX_VALUE})
  void prefillTokens_areAbsent(int impossible) {
    try (RkllmModel model =
        load(answering(new RunPerformance(10, impossible, 20, impossible, 1)))) {
      GenerationStats stats = model.generate("x").await().stats();

      assertThat(stats.prefillTokens()).isEmpty();
      assertThat(stats.prefillTime()).hasValue(Duration.ofMillis(10));
      assertThat(stats.generatedTokens()).isEqualTo(3);
      assertThat(model.stats().prefillTokens()).isZero();
    }
  }

  @Test
  void prefillTokens_ofABatch_areThoseOfAllItsContexts() {
    for (int tokens : new int[] {2 * CONTEXT, 2 * CONTEXT + 1}) {
      ScriptedRuntime runtime = answering(new RunPerformance(10, tokens, 20, 3, 1));
      try (RkllmModel model =
          RkllmModel.builder(Path.of("x"))
              .runtime(runtime)
              .contextLength(CONTEXT)
              .batchSize(2)
              .load()) {
        List<Generation> answers =
            model.generateBatch(List.of(TextPrompt.of("x"), TextPrompt.of("y")));
        answers.forEach(Generation::await);
        assertThat(model.stats().prefillTokens()).isEqualTo(tokens > 2 * CONTEXT ? 0 : tokens);
      }
    }
  }

  @Test
  void zeroes_areFigures_butNoMemory() {
    try (RkllmModel model = load(answering(new RunPerformance(0, 0, 0, 0, 0)))) {
      GenerationStats stats = model.generate("x").await().stats();
      assertThat(stats.prefillTokens()).hasValue(0); // everything was reused
      assertThat(stats.prefillTime()).hasValue(Duration.ZERO);
      assertThat(stats.decodeTime()).isPositive(); // measured by the SDK
      assertThat(stats.memoryMegabytes()).isEmpty();
    }
  }

  static List<int[]> impossibleSizes() {
    return List.of(
        new int[] {-1},
        new int[] {CONTEXT + 1},
        new int[] {},
        new int[] {3, 3},
        new int[] {Integer.MAX_VALUE});
  }

  @ParameterizedTest
  @MethodSource("impossibleSizes")
  void cacheSizes_areNotPassedOn(int[] sizes) {
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(prompt -> Script.counting(3)).withCacheSizes(real -> sizes);
    try (RkllmModel model = load(runtime)) {
      GenerationResult result = model.generate("x").await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().promptTokens()).isEmpty();
      assertThatThrownBy(() -> model.kvCache().sizes())
          .isInstanceOf(RkllmException.class)
          .hasMessageContainingAll("rkllm_get_kv_cache_size", "cannot be", "64");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void contextLength_thatMakesNoSense_endsNothing(int length) {
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(prompt -> Script.counting(100)).withContextLength(length);
    try (RkllmModel model = load(runtime)) {
      assertThat(model.contextLength()).isZero();
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(50).build();
      assertThat(model.generate("x", options).await().finishReason())
          .isEqualTo(FinishReason.LENGTH);
      options = GenerationOptions.builder().maxNewTokens(200).build();
      assertThat(model.generate("x", options).await().finishReason()).isEqualTo(FinishReason.STOP);
    }
  }
}
