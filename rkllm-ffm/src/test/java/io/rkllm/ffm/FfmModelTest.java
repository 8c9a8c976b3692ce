package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Sampling;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model on the simulator, with all ABIs. */
@Timeout(60)
class FfmModelTest {
  private static final String RUN_PARAMS =
      "say: {run.max_new_tokens} {run.top_k} {run.top_p} {run.temperature}"
          + " {run.repeat_penalty} {run.frequency_penalty} {run.presence_penalty} {run.mirostat}"
          + " {run.mirostat_tau} {run.mirostat_eta}";

  private static final Sampling SAMPLING =
      Sampling.builder()
          .topK(3)
          .topP(0.5f)
          .temperature(0.25f)
          .repeatPenalty(1.5f)
          .frequencyPenalty(0.75f)
          .presencePenalty(-0.5f)
          .mirostat(2)
          .mirostatTau(4.5f)
          .mirostatEta(0.5f)
          .build();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void run_withItsOwnSampling_leavesTheRestAsLoaded(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", RUN_PARAMS);
    NativeModel model =
        simulator.runtime().load(file.with().maxNewTokens(300).sampling(SAMPLING).build());
    boolean perRun = simulator.runtime().info().supports(Capability.PER_RUN_SAMPLING);
    assertThat(perRun).isEqualTo(simulator.is13());
    assertThat(simulator.runtime().info().supports(Capability.PER_RUN_MAX_NEW_TOKENS))
        .isEqualTo(perRun);
    assertThat(simulator.runtime().info().supports(Capability.IGNORE_EOS)).isEqualTo(perRun);

    String asLoaded = answer(model, prompt("?"));
    assertThat(asLoaded).startsWith("300 3 0.5 0.25 1.5 0.75 -0.5 2 4.5 0.5");
    if (perRun) {
      Sampling own = Sampling.builder().topK(9).temperature(0.5f).build();
      assertThat(
              answer(
                  model,
                  RunRequest.builder()
                      .inputs(List.of(TextPrompt.of("?")))
                      .sampling(own)
                      .maxNewTokens(200)
                      .build()))
          .startsWith("200 9 0.5 0.5 1.5 0.75 -0.5 2 4.5 0.5");
      assertThat(answer(model, prompt("?"))).isEqualTo(asLoaded);
    }
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_scriptedReply_streamsItAndGivesFigures(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "stop-token: hidden",
            "count-first-token: yes",
            "when: my name is {name}",
            "say: Grüße, {name}! 你好 🦀",
            "cut: chars");
    NativeModel model = simulator.runtime().load(file.config());
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt("My name is Ada"), observer)).isZero();

    assertThat(observer.text()).isEqualTo("Grüße, Ada! 你好 🦀");
    assertThat(observer.lengths.size()).isGreaterThan(10);
    assertThat(observer.finishes).hasSize(1);
    assertThat(observer.finishes.getFirst().generatedTokens()).isEqualTo(observer.lengths.size());
    assertThat(observer.finishes.getFirst().prefillTokens()).isPositive();
    assertThat(observer.errors).isEmpty();
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_splitCharacters_arriveWholeInEveryManner(Simulator simulator) {
    String text = "你好🦀é";
    for (String split : new String[] {"partial", "hold-null", "hold-empty", "normal"}) {
      ModelFile file =
          ModelFile.in(
              folder,
              "buffers: unmap",
              "stop-token: hidden",
              "when: *",
              "say: " + text,
              "cut: bytes 1",
              "split: " + split);
      NativeModel model = simulator.runtime().load(file.config());
      RecordingObserver observer = new RecordingObserver();

      assertThat(model.run(prompt("?"), observer)).isZero();

      assertThat(observer.text()).as(split).isEqualTo(text);
      boolean holds = split.startsWith("hold");
      assertThat(observer.lengths.contains(0)).as(split).isEqualTo(holds);
      destroy(model, file);
    }
  }

  @ParameterizedTest
  @EnumSource
  void run_rolesAndThinking_reachTheModel(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: *",
            "role: tool",
            "say: from a tool",
            "when: *",
            "needs: thinking",
            "say: thinking",
            "when: *",
            "say: plain");
    NativeModel model = simulator.runtime().load(file.config());

    assertThat(answer(model, prompt("x"))).isEqualTo("plain");
    TextPrompt tool = TextPrompt.of("[]").withRole(Role.TOOL);
    assertThat(answer(model, RunRequest.of(tool))).contains("from a tool");
    TextPrompt thinking = TextPrompt.of("x").withThinking(true);
    assertThat(answer(model, RunRequest.of(thinking))).endsWith("thinking");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_keepsHistoryOnlyWhenAsked(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", "say: turn {turns}");
    NativeModel model = simulator.runtime().load(file.config());

    RunRequest keeping = prompt("x").toBuilder().keepHistory(true).build();
    assertThat(answer(model, keeping)).isEqualTo("turn 1");
    assertThat(answer(model, keeping)).isEqualTo("turn 2");
    assertThat(answer(model, prompt("x"))).isEqualTo("turn 1");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_errorCallbackInEachForm_isReported(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: words",
            "say: one two three",
            "fault: error-at 1 message",
            "when: no words",
            "say: one two three",
            "fault: error-at 1 null-text",
            "when: nothing",
            "say: one two three",
            "fault: error-at 0 null-result");
    NativeModel model = simulator.runtime().load(file.config());

    RecordingObserver words = new RecordingObserver();
    assertThat(model.run(prompt("words"), words)).isEqualTo(-1);
    assertThat(words.errors.getFirst()).isPresent();
    assertThat(words.lengths).hasSize(1);
    for (String silent : new String[] {"no words", "nothing"}) {
      RecordingObserver observer = new RecordingObserver();
      assertThat(model.run(prompt(silent), observer)).isEqualTo(-1);
      assertThat(observer.errors.getFirst()).as(silent).isEmpty();
      assertThat(observer.finishes).isEmpty();
    }
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_returnCodes_arePassedOn(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: early",
            "say: x",
            "fault: run-code -3",
            "when: late",
            "say: x",
            "fault: return-code 5");
    NativeModel model = simulator.runtime().load(file.config());

    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(prompt("early"), observer)).isEqualTo(-3);
    assertThat(observer.lengths).isEmpty();
    assertThat(model.run(prompt("late"), observer)).isEqualTo(5);
    assertThat(observer.text()).isEqualTo("x");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_longerThanTheContext_isAnError(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "overflow: error", "when: *", "say: x");
    NativeModel model = simulator.runtime().load(file.with().contextLength(64).build());
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt("word ".repeat(500)), observer)).isEqualTo(-1);
    // The second one contains the numbers, if another test has captured native output.
    assertThat(observer.errors).hasSizeBetween(1, 2);
    assertThat(answer(model, prompt("short"))).isEqualTo("x");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void kvCache_growsAndIsCleared(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "system: Be brief.", "when: *", "say: one two three");
    NativeModel model = simulator.runtime().load(file.config());
    answer(model, prompt("x"));
    int used = model.kvCacheSizes()[0];

    assertThat(model.kvCacheSizes()).hasSize(1);
    assertThat(used).isGreaterThan(3);
    assertThat(model.clearKvCache(true)).isZero();
    assertThat(model.kvCacheSizes()[0]).isPositive().isLessThan(used);
    assertThat(model.clearKvCache(false)).isZero();
    assertThat(model.kvCacheSizes()).containsExactly(0);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void chatTemplate_isReplaced(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder, "when: *", "needs: system pirate", "say: Arr", "when: *", "say: Hello");
    NativeModel model = simulator.runtime().load(file.config());

    assertThat(answer(model, prompt("x"))).isEqualTo("Hello");
    assertThat(model.setChatTemplate(new ChatTemplate("pirate", "<|u|>", "<|a|>"))).isZero();
    assertThat(model.kvCacheSizes()).containsExactly(0);
    assertThat(answer(model, prompt("x"))).isEqualTo("Arr");
    destroy(model, file);
  }
}
