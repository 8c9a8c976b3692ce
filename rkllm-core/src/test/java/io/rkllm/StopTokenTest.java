package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Token counts and finish reasons, whether or not the runtime reports the token that ends an
 * answer. Boards report it as a token without text.
 */
@Timeout(30)
class StopTokenTest {
  private static final int PROMPT = 11;

  private static ScriptedRuntime answering(Script script) {
    return ScriptedRuntime.answering(prompt -> script).withPromptTokens(request -> PROMPT);
  }

  private static RkllmModel.Builder builder(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("x")).runtime(runtime).contextLength(64);
  }

  private static GenerationResult generate(ScriptedRuntime runtime, GenerationOptions options) {
    try (RkllmModel model = builder(runtime).load()) {
      return model.generate("x", options).await();
    }
  }

  private static GenerationOptions atMost(int tokens) {
    return GenerationOptions.builder().maxNewTokens(tokens).build();
  }

  private static RunPerformance figures(int prefilled, int generated) {
    return new RunPerformance(10, prefilled, 100, generated, 1);
  }

  /**
   * Returns two runtimes with the same script: in one the runtime enforces limits of a run, in the
   * other the SDK does.
   */
  private static List<ScriptedRuntime> limitKeptByEither(Script script) {
    return List.of(
        answering(script),
        ScriptedRuntime.answering(prompt -> script)
            .withCapabilities(EnumSet.of(Capability.BATCHES))
            .withPromptTokens(request -> PROMPT));
  }

  @ParameterizedTest
  @CsvSource({"3, LENGTH, 3", "4, STOP, 4", "5, STOP, 4"})
  void reported_stopTokenAtTheLimit_isStop(int limit, FinishReason reason, int tokens) {
    for (ScriptedRuntime runtime : limitKeptByEither(Script.counting(3).thenStopToken())) {
      GenerationResult result = generate(runtime, atMost(limit));

      assertThat(result.finishReason()).isEqualTo(reason);
      assertThat(result.text()).isEqualTo("0 1 2 ");
      assertThat(result.stats().generatedTokens()).isEqualTo(tokens);
      assertThat(result.stats().promptTokens()).hasValue(PROMPT);
    }
  }

  @Test
  void reported_inABatch_stopTokenAtTheLimit_isStop() {
    for (ScriptedRuntime runtime : limitKeptByEither(Script.counting(3).thenStopToken())) {
      for (int limit : new int[] {3, 4}) {
        try (RkllmModel model = builder(runtime).batchSize(2).load()) {
          List<Generation> answers =
              model.generateBatch(List.of(TextPrompt.of("x"), TextPrompt.of("y")), atMost(limit));
          assertThat(answers.stream().map(g -> g.await().finishReason()))
              .containsOnly(limit == 3 ? FinishReason.LENGTH : FinishReason.STOP);
          assertThat(answers.stream().map(g -> g.await().stats().generatedTokens()))
              .containsOnly(limit);
        }
      }
    }
  }

  @Test
  void reported_atTheDefaultLimit_isStop() {
    ScriptedRuntime runtime = answering(Script.counting(63).thenStopToken());
    assertThat(generate(runtime, GenerationOptions.defaults()).finishReason())
        .isEqualTo(FinishReason.STOP);
  }

  @Test
  void unfinishedCharacter_cutByTheLimit_isLength() {
    byte[] umlaut = "ü".getBytes(StandardCharsets.UTF_8);
    List<Script> cutInside =
        List.of(
            Script.of("a").thenPartial().then("ü"), // enforced by the runtime
            Script.of("a").thenPartial(umlaut[0]).then(Script.ofPieces(List.of(rest(umlaut)))),
            Script.of("a").then(Script.ofPieces(List.of(Arrays.copyOf(umlaut, 1), rest(umlaut)))));
    for (Script script : cutInside) {
      for (ScriptedRuntime runtime : limitKeptByEither(script)) {
        GenerationResult cut = generate(runtime, atMost(2));
        assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(cut.text()).startsWith("a").hasSizeLessThan(3);
        assertThat(cut.stats().promptTokens()).hasValue(PROMPT);

        GenerationResult whole = generate(runtime, atMost(3));
        assertThat(whole.text()).isEqualTo("aü");
        assertThat(whole.stats().generatedTokens()).isEqualTo(3);
      }
    }
  }

  private static byte[] rest(byte[] bytes) {
    return Arrays.copyOfRange(bytes, 1, bytes.length);
  }

  @Test
  void ignoreEndOfSequence_tokenWithoutText_endsNothing() {
    ScriptedRuntime runtime = answering(Script.of("a", ""));
    try (RkllmModel model = builder(runtime).ignoreEndOfSequence().load()) {
      GenerationResult result = model.generate("x", atMost(2)).await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.stats().promptTokens()).hasValue(PROMPT);
    }
  }

  @Test
  void stopSequence_withAndWithoutStopToken_losesAndDoublesNothing() {
    GenerationOptions options = GenerationOptions.builder().stopSequences("2 3", "ende").build();
    for (Script script : List.of(Script.counting(3), Script.counting(3).thenStopToken())) {
      GenerationResult result = generate(answering(script), options);
      assertThat(result.text()).isEqualTo("0 1 2 "); // "2 " was held back until the end
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().promptTokens()).hasValue(PROMPT);
    }
    assertThat(generate(answering(Script.counting(9).thenStopToken()), options).text())
        .isEqualTo("0 1 ");
  }

  @Test
  void pause_insideACharacterThatTheRuntimeKeeps_comesAfterIt() throws Exception {
    Hold hold = new Hold();
    ScriptedRuntime runtime =
        answering(Script.of("a").then(hold::here).thenPartial().then("ü", "b"));
    try (RkllmModel model = builder(runtime).load()) {
      Generation held = model.generate("x");
      hold.awaitReached();
      var pause = Pausing.begin(held);
      hold.release();
      try (PausedGeneration paused = pause.get().orElseThrow()) {
        assertThat(paused.text()).isEqualTo("aü");
        GenerationResult rest = paused.resume().await();
        assertThat(rest.text()).isEqualTo("b");
        assertThat(rest.stats().promptTokens()).hasValue(PROMPT);
      }
    }
  }

  @Test
  void pause_atTheStopToken_isNotAPause_andKeepsTheCache() throws Exception {
    Hold hold = new Hold();
    ScriptedRuntime runtime = answering(Script.of("a").then(hold::here).thenStopToken());
    try (RkllmModel model = builder(runtime).load()) {
      Generation held = model.generate("x");
      hold.awaitReached();
      var pause = Pausing.begin(held);
      hold.release();
      assertThat(pause.get()).isEmpty();
      assertThat(held.await().finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(model.generate("x").await().text()).isEqualTo("a");
    }
    assertThat(runtime.clears()).isZero();
  }

  // ---- The length of the prompt

  @Test
  void promptTokens_ofARuntimeThatDoesNotCacheTheLastToken_isNotOffByOne() {
    Script script = Script.counting(3).thenFinish(figures(PROMPT, 2));
    ScriptedRuntime runtime = answering(script).withCacheSizes(sizes -> new int[] {sizes[0] - 1});
    assertThat(generate(runtime, GenerationOptions.defaults()).stats().promptTokens())
        .hasValue(PROMPT);
  }

  @Test
  void promptTokens_prefixReused_isTheWholePrompt() {
    Script script = Script.counting(3).thenStopToken().thenFinish(figures(2, 3));
    assertThat(generate(answering(script), GenerationOptions.defaults()).stats().promptTokens())
        .hasValue(PROMPT);
  }

  /** The bytes before it show that more of the character was to come. */
  @Test
  void emptyToken_insideACharacter_isNotTheStopToken() {
    Script script = Script.ofPieces(List.of(new byte[] {(byte) 0xC3})).thenStopToken();
    assertThat(generate(limitKeptByEither(script).getLast(), atMost(2)).finishReason())
        .isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void promptTokens_cacheHoldsOnlyTheAnswer_areAbsent() {
    Script script = Script.counting(3).thenFinish(figures(0, 2));
    ScriptedRuntime runtime = answering(script).withCacheSizes(sizes -> new int[] {3});
    assertThat(generate(runtime, GenerationOptions.defaults()).stats().promptTokens()).isEmpty();
  }

  /**
   * The window was shifted: the cache is full, or half empty again, and never contained the whole
   * prompt.
   */
  @ParameterizedTest
  @ValueSource(ints = {64, 63, 40})
  void promptTokens_windowHasShifted_areAbsent_andTheReasonIsTheModels(int held) {
    Script script = Script.counting(60).thenFinish(figures(PROMPT, 59));
    ScriptedRuntime runtime = answering(script).withCacheSizes(sizes -> new int[] {held});
    GenerationResult result = generate(runtime, GenerationOptions.defaults());

    assertThat(result.stats().promptTokens()).isEmpty();
    assertThat(result.stats().generatedTokens()).isEqualTo(60);
    assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void promptTokens_fullCache_areKnownWhereTheWholePromptWasProcessed() {
    Script all = Script.counting(53).thenFinish(figures(PROMPT, 52));
    Script reused = Script.counting(53).thenFinish(figures(2, 52));
    GenerationResult whole = generate(answering(all), GenerationOptions.defaults());

    assertThat(whole.stats().promptTokens()).hasValue(PROMPT);
    assertThat(whole.finishReason()).isEqualTo(FinishReason.LENGTH); // ended by the context
    assertThat(generate(answering(reused), GenerationOptions.defaults()).stats().promptTokens())
        .isEmpty(); // the window may have been shifted
  }

  /**
   * A runtime may leave the last position of the context unused. More unused positions mean that
   * the context was not full.
   */
  @ParameterizedTest
  @CsvSource({
    "50, STOP",
    "51, STOP",
    "52, LENGTH",
    "53, LENGTH",
  })
  void fullCache_isTheEndOfTheContext_notATokenEarlierOrLater(int tokens, FinishReason reason) {
    Script script = Script.counting(tokens).thenFinish(figures(PROMPT, tokens - 1));
    GenerationResult result = generate(answering(script), GenerationOptions.defaults());

    assertThat(result.finishReason()).isEqualTo(reason);
    assertThat(result.stats().promptTokens()).hasValue(PROMPT);
  }

  @Test
  void fullCache_stopTokenCameLast_isTheModelsEnd() {
    for (int tokens : new int[] {51, 52, 53}) {
      Script script = Script.counting(tokens).thenStopToken().thenFinish(figures(PROMPT, tokens));
      assertThat(generate(answering(script), GenerationOptions.defaults()).finishReason())
          .isEqualTo(FinishReason.STOP);
    }
  }

  /**
   * The cache may contain one token less than the prompt in addition to the answer, but not fewer.
   */
  @ParameterizedTest
  @CsvSource({"10, LENGTH", "11, LENGTH", "12, LENGTH", "13, STOP"})
  void fullCache_holdsThePrompt_orItsWindowHasShifted(int prefilled, FinishReason reason) {
    Script script = Script.counting(53).thenFinish(figures(prefilled, 52));
    assertThat(generate(answering(script), GenerationOptions.defaults()).finishReason())
        .isEqualTo(reason);
  }

  @Test
  void fullCache_ofAResumedRun_isTheEndOfTheContext() throws Exception {
    Hold hold = new Hold();
    ScriptedRuntime runtime =
        answering(Script.of("a").then(hold::here).then("b").then(Script.counting(51)));
    try (RkllmModel model = builder(runtime).unlimitedTokens().load()) {
      Generation held = model.generate("x");
      hold.awaitReached();
      var pause = Pausing.begin(held);
      hold.release();
      try (PausedGeneration paused = pause.get().orElseThrow()) {
        GenerationResult rest = paused.resume().await();
        assertThat(rest.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(rest.stats().promptTokens()).isEmpty();
      }
    }
  }

  // ---- Speed

  @Test
  void tokensPerSecond_isOfThoseThatWereDecoded() {
    try (RkllmModel model =
        builder(answering(Script.counting(4).thenStopToken().thenFinish(figures(PROMPT, 4))))
            .load()) {
      GenerationStats stats = model.generate("x").await().stats();
      assertThat(stats.generatedTokens()).isEqualTo(5);
      assertThat(stats.decodedTokens()).isEqualTo(4);
      assertThat(stats.tokensPerSecond()).isEqualTo(4 / 0.1);
      model.generate("x").text();
      assertThat(model.stats().decodedTokens()).isEqualTo(8);
      assertThat(model.stats().tokensPerSecond()).isEqualTo(8 / 0.2);
    }
    Script one = Script.of("a").thenFinish(figures(PROMPT, 0));
    assertThat(generate(answering(one), GenerationOptions.defaults()).stats().tokensPerSecond())
        .isZero();
  }
}
