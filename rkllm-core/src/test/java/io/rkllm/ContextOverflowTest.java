package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Videos;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prompts that are longer than the context, as on release 1.3.1, which returns −1 without an error
 * message.
 */
@Timeout(30)
class ContextOverflowTest {
  private static final int CONTEXT = 64;
  private static final String LIKELY = "does not fit into the context of 64 tokens";

  private final ScriptedRuntime failing =
      ScriptedRuntime.answering(prompt -> Script.silent().returning(-1));

  private static RkllmModel.Builder builder(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("scripted"))
        .runtime(runtime)
        .contextLength(CONTEXT)
        .embeddingWidth(1)
        .imageTags(MediaTags.QWEN_VL_IMAGE)
        .videoTags(MediaTags.QWEN_VL_VIDEO);
  }

  private static NativeFloats rows(int count) {
    return NativeFloats.copyOf(new float[count]);
  }

  /** Returns inputs that certainly have this many tokens, and no text. */
  private static List<Input> inputsOf(int tokens) {
    return List.of(
        TokenPrompt.of(new int[tokens]),
        EmbeddingPrompt.of(rows(tokens), 1),
        MultimodalPrompt.of("<image>", new Images(rows(tokens), 1, 1, tokens, 28, 28)),
        MultimodalPrompt.of("<video>", new Videos(rows(tokens), 1, 1, 1, tokens, 28, 28)));
  }

  static List<Input> longerThanTheContext() {
    return inputsOf(CONTEXT + 1);
  }

  static List<Input> withoutRoomForAnAnswer() {
    return inputsOf(CONTEXT - 3);
  }

  @ParameterizedTest
  @MethodSource("longerThanTheContext")
  void knownCount_longerThanTheContext_isRefusedBeforeNativeCode(Input input) {
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(input).text())
          .isInstanceOfSatisfying(
              ContextOverflowException.class,
              e -> assertThat(e.nativeCode()).isEqualTo(RkllmException.NO_CODE))
          .hasMessageContainingAll(
              input instanceof MultimodalPrompt ? "has at least 65 tokens" : "has 65 tokens",
              "context has 64",
              "not passed",
              "Shorten");
      if (!(input instanceof MultimodalPrompt)) {
        assertThatThrownBy(() -> model.logits(input)).isInstanceOf(ContextOverflowException.class);
        assertThatThrownBy(() -> model.hiddenStates(input))
            .isInstanceOf(ContextOverflowException.class);
      }
    }
    assertThat(failing.requests()).isEmpty();
    assertThat(failing.clears()).isZero();
  }

  @ParameterizedTest
  @MethodSource("withoutRoomForAnAnswer")
  void knownCount_refusedByTheRuntimeWithoutMessage_isOverflow(Input input) {
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(input).text())
          .isInstanceOfSatisfying(
              ContextOverflowException.class, e -> assertThat(e.nativeCode()).isEqualTo(-1));
    }
    assertThat(failing.requests()).hasSize(1);
  }

  @Test
  void knownCount_thatFits_isNotAnOverflow() {
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(TokenPrompt.of(new int[CONTEXT - 4])).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("returned -1")
          .message()
          .doesNotContain("context");
    }
  }

  @Test
  void batch_aMemberThatIsTooLong_isRefusedBeforeNativeCode() {
    try (RkllmModel model = builder(failing).batchSize(2).load()) {
      List<Generation> answers =
          model.generateBatch(List.of(TokenPrompt.of(1), TokenPrompt.of(new int[CONTEXT + 1])));
      for (Generation answer : answers) {
        assertThatThrownBy(answer::text).isInstanceOf(ContextOverflowException.class);
      }
    }
    assertThat(failing.requests()).isEmpty();
  }

  // ---- Text

  @Test
  void text_failedWithoutMessage_isOverflowByItsLength() {
    String text =
        "Wörter ".repeat(CONTEXT * 8 / 7 + 10); // 7 bytes per word that are not white space
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(text).text())
          .isInstanceOfSatisfying(
              ContextOverflowException.class, e -> assertThat(e.nativeCode()).isEqualTo(-1))
          .hasMessageContaining("probably at least");
      assertThatThrownBy(() -> model.generate(text.substring(0, text.length() / 2)).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining(LIKELY);
    }
    assertThat(failing.requests()).hasSize(2);
  }

  @Test
  void text_thatNoTokenizerCouldFit_isRefusedBeforeNativeCode() {
    String text = "ü".repeat(CONTEXT * 256 + 256);
    try (RkllmModel model = builder(failing).chatFormat(ChatFormat.chatMl()).load()) {
      assertThatThrownBy(() -> model.generate(text).text())
          .isInstanceOf(ContextOverflowException.class);
      assertThatThrownBy(() -> model.generate(RawPrompt.of(text)).text())
          .isInstanceOf(ContextOverflowException.class);
      assertThatThrownBy(() -> model.logits(TextPrompt.of(text)))
          .isInstanceOf(ContextOverflowException.class);
      assertThat(failing.requests()).isEmpty();

      String blank = "x" + " ".repeat(2 * CONTEXT * 512); // a tokenizer may drop it
      assertThatThrownBy(() -> model.generate(blank).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining(LIKELY);
    }
  }

  @Test
  void text_underATokenizerOfTheProgram_mayBeOfAnyLength() {
    try (RkllmModel model = builder(failing).tokenizer(text -> new int[] {1}).load()) {
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT * 600)).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining(LIKELY);
      assertThatThrownBy(() -> model.generate("x").text()).hasMessageContaining(LIKELY);
    }
  }

  @Test
  void text_failedWithoutMessage_namesTheOverflowWhereItIsPossible() {
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT)).text())
          .isInstanceOf(InferenceException.class)
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContainingAll("returned -1", "Likely causes", LIKELY, "contextLength");
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT - 4)).text())
          .isInstanceOf(InferenceException.class)
          .message()
          .doesNotContain("Likely", "context");
    }
  }

  @Test
  void mediaAndText_failedWithoutMessage_countTogether() {
    Input input = MultimodalPrompt.of("<image> abcd", new Images(rows(52), 1, 1, 52, 28, 28));
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(input).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining(LIKELY);
    }
  }

  @Test
  void text_failedWithMessageOrAfterTokens_namesNoOtherCause() {
    for (Script script :
        List.of(
            Script.of().thenError("matmul run failed").returning(-1),
            Script.of("a").returning(-1))) {
      try (RkllmModel model = builder(ScriptedRuntime.answering(prompt -> script)).load()) {
        assertThatThrownBy(() -> model.generate("x".repeat(1000)).text())
            .isNotInstanceOf(ContextOverflowException.class)
            .message()
            .doesNotContain("Likely", "context");
      }
    }
  }

  @Test
  void text_failedWithTheRuntimesMessage_isOverflow() {
    for (String message :
        List.of(
            "E rkllm: prompt gather than max context", "the prompt is longer than the context")) {
      Script script = Script.of().thenError(message).returning(-1);
      try (RkllmModel model = builder(ScriptedRuntime.answering(prompt -> script)).load()) {
        assertThatThrownBy(() -> model.generate("x").text())
            .isInstanceOf(ContextOverflowException.class)
            .hasMessageContaining(message);
      }
    }
  }

  // ---- A history that the runtime keeps

  @Test
  void resumedRun_countsWhatTheCacheHolds() {
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(
                prompt ->
                    prompt.equals("count") ? Script.counting(10) : Script.silent().returning(-1))
            .withCacheSizes(sizes -> new int[] {50});
    try (RkllmModel model = builder(runtime).load()) {
      PausedGeneration paused = Pausing.pausedRun(model, "count");
      assertThatThrownBy(() -> paused.resume(TokenPrompt.of(new int[20])).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("20 tokens after a history of 50");
    }
  }

  @Test
  void history_countsWhereTheRuntimeReportsIt() {
    ScriptedRuntime filling =
        ScriptedRuntime.answering(
                prompt ->
                    prompt.equals("long") || prompt.startsWith("[")
                        ? Script.silent().returning(-1)
                        : Script.of("ok"))
            .withPromptTokens(request -> 50)
            .withCacheSizes(sizes -> new int[] {Math.max(sizes[0], 50)});
    try (RkllmModel model = builder(filling).load();
        InferenceSession session = model.openSession()) {
      session.generate("x").text();
      assertThatThrownBy(() -> session.generate(TokenPrompt.of(new int[20])).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("20 tokens after a history of");
      assertThatThrownBy(() -> session.generate("long").text())
          .isNotInstanceOf(ContextOverflowException.class)
          .message()
          .doesNotContain("Likely");
    }
    assertThat(filling.requests())
        .hasSize(3); // the runtime could have shifted the history out of the context
  }

  @Test
  void history_ofUnknownSize_mayBeTheCause() {
    failing.withCacheSizes(sizes -> new int[] {-1});
    try (RkllmModel model = builder(failing).load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("x").text()).hasMessageContaining(LIKELY);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void contextOfUnknownSize_refusesNothingAndNamesNothing(int context) {
    failing.withContextLength(context);
    try (RkllmModel model = builder(failing).load()) {
      assertThat(model.contextLength()).isZero();
      assertThatThrownBy(() -> model.generate(TokenPrompt.of(new int[100])).text())
          .isNotInstanceOf(ContextOverflowException.class)
          .message()
          .doesNotContain("Likely");
    }
  }

  // ---- Prompts of role TOOL

  @Test
  void toolPrompt_failedWithoutMessage_namesTheJson() {
    Input result = new TextPrompt("sunny", Role.TOOL, false);
    try (RkllmModel model = builder(failing).load()) {
      assertThatThrownBy(() -> model.generate(result).text())
          .hasMessageContaining("the prompt of role TOOL must be JSON (an array of results)");
      Input withPicture =
          new MultimodalPrompt(
              "<image>", new Images(rows(1), 1, 1, 1, 28, 28), null, null, Role.TOOL, false);
      assertThatThrownBy(() -> model.generate(withPicture).text())
          .hasMessageContaining("the prompt of role TOOL must be JSON (an array of results)");
      assertThatThrownBy(() -> model.generate("sunny").text()).message().doesNotContain("TOOL");
    }
  }

  @Test
  void toolPrompt_underAChatFormat_isTextToTheRuntime() {
    Input result = new TextPrompt("sunny", Role.TOOL, false);
    try (RkllmModel model = builder(failing).chatFormat(c -> "rendered").load()) {
      assertThatThrownBy(() -> model.generate(result).text()).message().doesNotContain("TOOL");
    }
  }
}
