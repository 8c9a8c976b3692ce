package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.runtime.Capability;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stop sequences in runs. {@code StopSequencesTest} tests the remaining text. */
@Timeout(30)
class StopSequenceTest {
  private static final GenerationOptions STOP_AT_END =
      GenerationOptions.builder().stopSequences("END").build();

  private static RkllmModel load(ScriptedRuntime runtime) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();
  }

  @Test
  void match_acrossTokens_endsTheAnswerAndAbortsTheRun() throws Exception {
    Hold afterTheMatch = new Hold();
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(
            prompt ->
                Script.of("one ", "two E", "N", "D three").then(afterTheMatch::here).then("four"));
    try (RkllmModel model = load(runtime)) {
      Generation generation = model.generate("x", STOP_AT_END);
      afterTheMatch.awaitReached();
      await().until(() -> runtime.aborts() > 0);
      afterTheMatch.release();

      GenerationResult result = generation.await();
      assertThat(result.text()).isEqualTo("one two ");
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().generatedTokens()).isEqualTo(4);
      assertThat(tokens(generation)).isEqualTo("one two ");
    }
  }

  @Test
  void noMatch_showsEverything_alsoWhatWasWithheldLast() {
    try (RkllmModel model = load(ScriptedRuntime.answering(p -> Script.of("a E", "N")))) {
      GenerationResult result = model.generate("x", STOP_AT_END).await();

      assertThat(result.text()).isEqualTo("a EN");
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void withheldText_isShownWithTheTokenThatRulesTheMatchOut() throws Exception {
    Hold held = new Hold();
    Hold ruledOut = new Hold();
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(
            p -> Script.of("aE").then(held::here).then("x").then(ruledOut::here));
    try (RkllmModel model = load(runtime)) {
      Generation generation = model.generate("x", STOP_AT_END);
      CollectingSubscriber reader = new CollectingSubscriber(1);
      generation.tokens().subscribe(reader);
      await().until(() -> reader.text().equals("a"));
      held.release();
      await().until(() -> reader.text().equals("aEx")); // the run has not ended
      ruledOut.release();

      assertThat(generation.text()).isEqualTo("aEx");
    }
  }

  @Test
  void characterCutBetweenTokens_isMatchedWhole() {
    byte[] text = "heiß!".getBytes(StandardCharsets.UTF_8);
    List<byte[]> bytes = new ArrayList<>();
    for (int i = 0; i < text.length; i++) {
      bytes.add(Arrays.copyOfRange(text, i, i + 1));
    }
    GenerationOptions options = GenerationOptions.builder().stopSequences("ß").build();
    try (RkllmModel model = load(ScriptedRuntime.answering(p -> Script.ofPieces(bytes)))) {
      assertThat(model.generate("x", options).text()).isEqualTo("hei");
    }
  }

  @Test
  void match_beforeHalfACharacter_endsTheText() {
    byte[] piece = {'h', 'E', 'N', 'D', (byte) 0xC3};
    try (RkllmModel model = load(ScriptedRuntime.answering(p -> Script.ofPieces(List.of(piece))))) {
      assertThat(model.generate("x", STOP_AT_END).text()).isEqualTo("h");
    }
  }

  @Test
  void match_inTheLastTokenOfALimit_isAStop() {
    for (EnumSet<Capability> capabilities :
        List.of(EnumSet.allOf(Capability.class), EnumSet.noneOf(Capability.class))) {
      ScriptedRuntime runtime =
          ScriptedRuntime.answering(p -> Script.of("a", "xbc", "d")).withCapabilities(capabilities);
      GenerationOptions atTheMatch =
          GenerationOptions.builder().stopSequences("xbcd", "bc").maxNewTokens(2).build();
      try (RkllmModel model = load(runtime)) {
        GenerationResult result = model.generate("x", atTheMatch).await();

        assertThat(result.text()).isEqualTo("ax"); // the longer sequence did not occur
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      }
    }
  }

  @Test
  void runFails_afterTheMatch_theAnswerStands() {
    ScriptedRuntime runtime =
        ScriptedRuntime.answering(p -> Script.of("a END").thenError("late").returning(-1));
    try (RkllmModel model = load(runtime)) {
      assertThat(model.generate("x", STOP_AT_END).text()).isEqualTo("a ");
      assertThatThrownBy(() -> model.generate("x").text()).hasMessageContaining("late");
    }
  }

  @Test
  void nativeHistory_isRefusedByName() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);
    try (RkllmModel model = load(runtime);
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("x", STOP_AT_END))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("stopSequences", "chatFormat");
      assertThat(session.generate("x").text()).isEqualTo("x");
    }
    assertThat(runtime.requests()).hasSize(1);
  }

  @Test
  void chatFormat_theTranscriptHoldsWhatWasShown() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(p -> Script.of("shown ", "END", " hidden"));
    try (RkllmModel model =
            RkllmModel.builder(Path.of("scripted"))
                .runtime(runtime)
                .chatFormat(ChatFormat.chatMl())
                .load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("one", STOP_AT_END).text()).isEqualTo("shown ");
      session.generate("two", STOP_AT_END).text();
    }

    assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
        .contains("assistant\nshown <|im_end|>")
        .doesNotContain("END", "hidden");
  }

  @Test
  void options_areChecked() {
    assertThatThrownBy(() -> GenerationOptions.builder().stopSequences("a", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stop sequence must not be empty");
    assertThatThrownBy(() -> GenerationOptions.builder().stopSequences("a", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequences[1] must not be null");
    String[] tooMany = new String[65];
    Arrays.fill(tooMany, "a");
    assertThatThrownBy(() -> GenerationOptions.builder().stopSequences(tooMany))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was 65");
  }

  private static String tokens(Generation generation) {
    StringBuilder text = new StringBuilder();
    generation.forEach(token -> text.append(token.text()));
    return text.toString();
  }
}
