package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatMessage;
import io.rkllm.input.Audio;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.Videos;
import io.rkllm.runtime.CpuAffinity;
import io.rkllm.runtime.Soc;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invalid arguments are rejected before the runtime is called, with a message that contains the
 * name, the range and the value.
 */
@SuppressWarnings({"DataFlowIssue", "NullAway"}) // null is one of the invalid arguments
class BadInputTest {

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal("null prompt", () -> TextPrompt.of(null), "prompt must not be null"),
        refusal("empty prompt", () -> TextPrompt.of(""), "prompt must not be empty"),
        refusal("NUL", () -> TextPrompt.of("ab\0c"), "NUL", "index 2", "remove"),
        refusal(
            "high surrogate alone",
            () -> TextPrompt.of("a\uD83D"),
            "unpaired surrogate",
            "U+D83D",
            "index 1"),
        refusal(
            "low surrogate alone",
            () -> TextPrompt.of("\uDE00b"),
            "unpaired surrogate",
            "U+DE00",
            "index 0"),
        refusal(
            "surrogates reversed",
            () -> TextPrompt.of("\uDE00\uD83D"),
            "unpaired surrogate",
            "index 0"),
        refusal("null role", () -> TextPrompt.of("x").withRole(null), "role must not be null"),
        refusal(
            "system role",
            () -> TextPrompt.of("x").withRole(Role.SYSTEM),
            "USER or TOOL",
            "was SYSTEM"),
        refusal("NUL in message", () -> new ChatMessage.User("\0"), "NUL"),
        refusal(
            "NUL in system prompt",
            () -> SessionOptions.builder().systemPrompt("\0"),
            "systemPrompt",
            "NUL"),
        refusal("null model", () -> RkllmModel.builder(null), "model must not be null"),
        refusal(
            "context 0", () -> builder().contextLength(0), "contextLength", "[32, 16384]", "was 0"),
        refusal("context odd", () -> builder().contextLength(100), "multiple of 32", "was 100"),
        refusal(
            "context too long", () -> builder().contextLength(32_768), "[32, 16384]", "was 32768"),
        refusal(
            "no new tokens",
            () -> builder().maxNewTokens(0),
            "maxNewTokens must be in [1, 16384], was 0"),
        refusal("null sampling", () -> builder().sampling(null), "sampling must not be null"),
        refusal("queue below 0", () -> builder().queueCapacity(-1), "queueCapacity", "was -1"),
        refusal(
            "no close timeout",
            () -> builder().closeTimeout(Duration.ZERO),
            "closeTimeout must be positive"),
        refusal("top-k 0", () -> Sampling.builder().topK(0), "topK", "was 0"),
        refusal(
            "top-p 0",
            () -> Sampling.builder().topP(0),
            "topP must be above 0 and at most 1.0, was 0.0"),
        refusal("top-p NaN", () -> Sampling.builder().topP(Float.NaN), "topP", "was NaN"),
        refusal(
            "temperature NaN",
            () -> Sampling.builder().temperature(Float.NaN),
            "temperature",
            "was NaN"),
        refusal(
            "temperature below 0",
            () -> Sampling.builder().temperature(-1),
            "temperature",
            "was -1.0"),
        refusal(
            "infinite penalty",
            () -> Sampling.builder().repeatPenalty(Float.POSITIVE_INFINITY),
            "Infinity"),
        refusal(
            "frequency",
            () -> Sampling.builder().frequencyPenalty(3),
            "frequencyPenalty",
            "was 3.0"),
        refusal(
            "presence",
            () -> Sampling.builder().presencePenalty(-3),
            "presencePenalty",
            "was -3.0"),
        refusal("mirostat", () -> Sampling.builder().mirostat(3), "mirostat", "was 3"),
        refusal("mirostat tau", () -> Sampling.builder().mirostatTau(0), "mirostatTau"),
        refusal("mirostat eta", () -> Sampling.builder().mirostatEta(Float.NaN), "mirostatEta"),
        refusal(
            "timeout 0",
            () -> GenerationOptions.builder().timeout(Duration.ZERO),
            "timeout must be positive"),
        refusal(
            "no timeout",
            () -> GenerationOptions.builder().timeout(null),
            "timeout must not be null"),
        refusal(
            "limit 0", () -> GenerationOptions.builder().maxNewTokens(0), "maxNewTokens", "was 0"),
        refusal("no CPU", CpuAffinity::of, "no CPU"),
        refusal("CPU 8", () -> CpuAffinity.of(8), "cpu must be in [0, 7], was 8"),
        refusal("CPU twice", () -> CpuAffinity.of(4, 4), "CPU 4 was given twice"),
        refusal("no SoC", () -> CpuAffinity.bigCores(null), "soc must not be null"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void badArgument_isRejectedWithMessage(ThrowingCallable call, String[] words) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void badPrompt_neverReachesTheRuntime() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);
    try (RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load()) {
      assertThatThrownBy(() -> model.generate("")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> model.generate((String) null))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> model.generate(TextPrompt.of("x"), null))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> model.openSession(null))
          .isInstanceOf(IllegalArgumentException.class);
      try (InferenceSession session = model.openSession()) {
        assertThatThrownBy(() -> session.generate("a\0"))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void cpuAffinity_maskAndCount_agree() {
    assertThat(CpuAffinity.bigCores(Soc.RK3588).mask()).isEqualTo(0xF0);
    assertThat(CpuAffinity.of(0, 2, 7).mask()).isEqualTo(0b1000_0101);
    assertThat(CpuAffinity.of(0, 2, 7).count()).isEqualTo(3);
    assertThat(CpuAffinity.of(0, 2, 7)).isNotEqualTo(CpuAffinity.of(0, 2));
    assertThat(CpuAffinity.of(0, 2, 7))
        .hasToString("CPUs 0, 2, 7")
        .isEqualTo(CpuAffinity.of(7, 2, 0));
  }

  @Test
  void toBuilder_keepsWhatWasSet() {
    Sampling sampling =
        Sampling.builder().topK(5).mirostat(2).temperature(0).build().toBuilder()
            .topP(0.5f)
            .build();
    assertThat(sampling.topK()).isEqualTo(5);
    assertThat(sampling.mirostat()).isEqualTo(2);
    assertThat(sampling.temperature()).isZero();
    assertThat(sampling.topP()).isEqualTo(0.5f);
    assertThat(sampling.repeatPenalty()).isNull();

    GenerationOptions options =
        GenerationOptions.builder().timeout(Duration.ofSeconds(1)).build().toBuilder()
            .maxNewTokens(3)
            .build();
    assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.maxNewTokens()).isEqualTo(3);
    assertThat(options.sampling()).isNull();
  }

  private static RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("x"));
  }

  private static Arguments refusal(String name, ThrowingCallable call, String... words) {
    return Arguments.of(Named.of(name, call), words);
  }

  /** Release 1.2 knows images only. */
  @Test
  void media_thatTheRuntimeLacks_areRefused() {
    ScriptedRuntime old =
        ScriptedRuntime.answering(prompt -> Script.of("x")).withCapabilities(Set.of());
    NativeFloats row = NativeFloats.copyOf(new float[1]);
    try (RkllmModel model =
        RkllmModel.builder(Path.of("x")).runtime(old).embeddingWidth(1).load()) {
      for (Input input :
          List.of(
              MultimodalPrompt.of("<video>", new Videos(row, 1, 1, 1, 1, 28, 28)),
              MultimodalPrompt.of("<audio>", new Audio(row, 1, 1, 1)))) {
        assertThatThrownBy(() -> model.generate(input))
            .isInstanceOf(UnsupportedFeatureException.class);
      }
    }
  }
}
