package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.Input;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several inputs in one run, each with an answer that ends on its own. */
@Timeout(30)
class BatchTest {
  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> {
            String[] words = prompt.split(" ", -1);
            return switch (words[0]) {
              case "count" -> Script.counting(Integer.parseInt(words[1]));
              case "aborted" -> Script.counting(10).then(this::awaitAbort).then("more");
              case "held" -> Script.of("a").then(hold::here).then("b", "c");
              case "fails" -> Script.of("x", "y", "z").thenError("planted").returning(-1);
              default -> Script.of(prompt);
            };
          });
  private RkllmModel model = load(runtime, 3);

  private void awaitAbort() {
    await().until(() -> runtime.aborts() > 0);
  }

  private static RkllmModel load(ScriptedRuntime runtime, int size) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).batchSize(size).load();
  }

  private List<Generation> generate(GenerationOptions options, String... prompts) {
    return model.generateBatch(Arrays.stream(prompts).map(TextPrompt::of).toList(), options);
  }

  private List<Generation> generate(String... prompts) {
    return generate(GenerationOptions.defaults(), prompts);
  }

  @AfterEach
  void nextBatchRunsAndAllIsFreed() {
    hold.release();
    assertThat(generate("1", "2", "3").stream().map(Generation::text))
        .containsExactly("1", "2", "3");
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void members_haveTextsOfTheirOwn_inTheirOrder() {
    List<Generation> answers = generate("count 3", "count 0", "count 40");

    assertThat(answers.stream().map(Generation::text))
        .containsExactly(counting(3), "", counting(40));
    for (Generation each : answers) {
      assertThat(each.await().finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(tokens(each)).isEqualTo(each.text());
    }
    assertThat(runtime.requests().getFirst().inputs()).hasSize(3);
    assertThat(runtime.aborts()).isZero();
  }

  @Test
  void member_endedByTheRuntime_endsImmediately() throws Exception {
    List<Generation> answers = generate("count 1", "held", "held");
    hold.awaitReached();

    assertThat(answers.get(0).text()).isEqualTo("0 ");
    assertThat(answers.get(1).isDone()).isFalse();
    hold.release();
    assertThat(answers.get(1).text()).isEqualTo("abc");
  }

  @Test
  void member_cancelled_endsAtOnce_andDoesNotAffectTheOthers() throws Exception {
    List<Generation> answers = generate("held", "count 5", "count 5");
    hold.awaitReached();

    answers.get(1).cancel();
    GenerationResult cancelled = answers.get(1).await(); // while native code is blocked
    assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(counting(5)).startsWith(cancelled.text()).isNotEqualTo(cancelled.text());
    hold.release();

    assertThat(answers.get(0).text()).isEqualTo("abc");
    assertThat(answers.get(2).text()).isEqualTo(counting(5));
    assertThat(answers.get(1).text()).isEqualTo(cancelled.text()).isEqualTo(tokens(answers.get(1)));
    assertThat(runtime.aborts()).isZero();
  }

  @Test
  void member_cancelledInsideACharacter_keepsItsRest() throws Exception {
    byte[] half = Arrays.copyOf("ß".getBytes(StandardCharsets.UTF_8), 1);
    ScriptedRuntime cut =
        ScriptedRuntime.answering(
            prompt ->
                prompt.equals("cut")
                    ? Script.ofPieces(List.of(half)).then(hold::here).then("x")
                    : Script.counting(3));
    try (RkllmModel two = load(cut, 2)) {
      List<Generation> answers =
          two.generateBatch(List.of(TextPrompt.of("cut"), TextPrompt.of("whole")));
      hold.awaitReached();
      answers.getFirst().cancel();

      assertThat(answers.getFirst().text()).isEqualTo("\uFFFD");
      hold.release();
      assertThat(answers.getLast().text()).isEqualTo(counting(3));
    }
  }

  @Test
  void allCancelled_abortsTheRun() throws Exception {
    List<Generation> answers = generate("held", "count 1000", "count 1000");
    hold.awaitReached();

    answers.forEach(Generation::cancel);
    await().until(() -> runtime.aborts() > 0);
    hold.release();

    for (Generation each : answers) {
      assertThat(each.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void theLastWantedOneEnds_theCancelledOnesAreNotWaitedFor() throws Exception {
    List<Generation> answers = generate("count 4", "held", "aborted");
    hold.awaitReached();
    answers.get(1).cancel();
    answers.get(2).cancel();
    hold.release();

    assertThat(answers.get(0).await().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(generate("1", "2", "3").getLast().text()).isEqualTo("3");
    assertThat(runtime.aborts()).isPositive();
  }

  @Test
  void member_cancelledInTheQueue_waitedAndNeverRan() throws Exception {
    Generation running = generate("held", "1", "2").getFirst();
    List<Generation> waiting = generate("count 2", "count 3", "count 4");
    hold.awaitReached();
    waiting.get(1).cancel();

    GenerationStats stats = waiting.get(1).await().stats();
    assertThat(stats.runTime()).isZero();
    assertThat(stats.queueTime()).isPositive();
    hold.release();
    assertThat(running.text()).isEqualTo("abc");
    assertThat(waiting.get(0).text()).isEqualTo(counting(2));
    assertThat(waiting.get(2).text()).isEqualTo(counting(4));
    assertThat(waiting.get(1).text()).isEmpty();
  }

  @Test
  void allCancelledInTheQueue_neverReachNativeCode_andFreeTheirPlace() throws Exception {
    Generation running = generate("held", "1", "2").getFirst();
    hold.awaitReached();
    for (int i = 0; i < 200; i++) { // more than the capacity of the queue
      generate("never", "never", "never").forEach(Generation::cancel);
    }
    hold.release();
    running.text();

    assertThat(runtime.requests()).hasSize(1);
  }

  @Test
  void runFails_failsTheRest_butNotThoseThatHaveEnded() {
    for (int i = 0; i < 300; i++) { // the failure closely follows an end
      List<Generation> answers = generate("count 2", "fails", "count 9");

      assertThat(answers.get(0).text()).isEqualTo(counting(2));
      assertThatThrownBy(() -> answers.get(1).text())
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> {
                assertThat(e.partialText()).isEqualTo("xyz");
                assertThat(e.nativeCode()).isEqualTo(-1);
              })
          .hasMessageContaining("planted");
      assertThatThrownBy(() -> answers.get(2).text())
          .isInstanceOfSatisfying(
              InferenceException.class, e -> assertThat(counting(9)).startsWith(e.partialText()));
    }
  }

  @Test
  void runFails_inTheStepAfterAnEnd_theEndCounts() {
    ScriptedRuntime failing =
        ScriptedRuntime.answering(
            prompt -> prompt.equals("ends") ? Script.of("e") : Script.of("x").returning(-1));
    try (RkllmModel two = load(failing, 2)) {
      for (int i = 0; i < 1000; i++) {
        List<Generation> answers =
            two.generateBatch(List.of(TextPrompt.of("ends"), TextPrompt.of("fails")));
        assertThat(answers.getFirst().text()).isEqualTo("e");
        assertThatThrownBy(() -> answers.getLast().text()).isInstanceOf(InferenceException.class);
      }
    }
  }

  @Test
  void limit_holdsForEachMember_keptByEither() {
    GenerationOptions three = GenerationOptions.builder().maxNewTokens(3).build();
    for (EnumSet<Capability> capabilities :
        List.of(EnumSet.allOf(Capability.class), EnumSet.of(Capability.BATCHES))) {
      try (RkllmModel limited = load(runtime.withCapabilities(capabilities), 3)) {
        List<Generation> answers =
            limited.generateBatch(
                Stream.of("count 9", "count 2", "count 3").map(TextPrompt::of).toList(), three);

        assertThat(answers.stream().map(Generation::text))
            .containsExactly(counting(3), counting(2), counting(3));
        assertThat(answers.stream().map(g -> g.await().finishReason()))
            .containsExactly(FinishReason.LENGTH, FinishReason.STOP, FinishReason.LENGTH);
      }
    }
  }

  @Test
  void lastMember_fillsTheContext_endsWithLength() {
    int prompt = 4;
    int context = 64;
    runtime.withPromptTokens(_ -> prompt);
    try (RkllmModel small =
        RkllmModel.builder(Path.of("scripted"))
            .runtime(runtime)
            .batchSize(2)
            .contextLength(context)
            .load()) {
      List<Generation> answers =
          small.generateBatch(
              Stream.of("count 9", "count " + (context - prompt)).map(TextPrompt::of).toList());

      assertThat(answers.stream().map(g -> g.await().finishReason()))
          .containsExactly(FinishReason.STOP, FinishReason.LENGTH);
    }
  }

  @Test
  void stopSequence_endsItsMemberAlone() {
    List<Generation> answers =
        generate(
            GenerationOptions.builder().stopSequences("4 ").build(),
            "count 9",
            "count 3",
            "count 99");

    assertThat(answers.stream().map(Generation::text))
        .containsExactly(counting(4), counting(3), counting(4));
    assertThat(answers.stream().map(g -> g.await().finishReason())).containsOnly(FinishReason.STOP);
  }

  @Test
  void limitOfOurs_doesNotLoseWhatAStopSequenceWithheld() {
    ScriptedRuntime knowsNoLimit = runtime.withCapabilities(EnumSet.of(Capability.BATCHES));
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(2).stopSequences("1 2 3").build();
    try (RkllmModel two = load(knowsNoLimit, 2)) {
      List<Generation> answers =
          two.generateBatch(List.of(TextPrompt.of("count 2"), TextPrompt.of("count 9")), options);

      assertThat(answers.getLast().text()).isEqualTo("0 1 ");
      assertThat(answers.getFirst().text()).isEqualTo("0 1 ");
    }
  }

  @Test
  void figures_areThoseOfTheRun_forTheLastToEnd() {
    RunPerformance figures = new RunPerformance(30, 12, 40, 8, 256);
    ScriptedRuntime measured =
        ScriptedRuntime.answering(
            prompt ->
                prompt.equals("long")
                    ? Script.counting(5).thenFinish(figures)
                    : Script.counting(2));
    try (RkllmModel two = load(measured, 2)) {
      List<Generation> answers =
          two.generateBatch(List.of(TextPrompt.of("short"), TextPrompt.of("long")));

      assertThat(answers.getFirst().await().stats().prefillTokens()).isEmpty();
      assertThat(answers.getLast().await().stats().prefillTokens())
          .hasValue(figures.prefillTokens());
      assertThat(two.stats().prefillTokens()).isEqualTo(figures.prefillTokens());
      assertThat(two.stats().generations()).isEqualTo(2);
    }
  }

  @Test
  void timeout_failsThoseThatHaveNotEnded() throws Exception {
    List<Generation> answers = new ArrayList<>();
    Generation held =
        hold.startWithTimeout(
            timeout -> {
              answers.clear();
              answers.addAll(
                  generate(
                      GenerationOptions.builder().timeout(timeout).build(),
                      "count 1",
                      "held",
                      "count 99"));
              return answers.get(1);
            });
    assertThat(answers.get(0).text()).isEqualTo("0 ");
    await().until(() -> runtime.aborts() > 0);
    hold.release();

    assertThatThrownBy(held::text).isInstanceOf(InferenceTimeoutException.class);
    assertThatThrownBy(() -> answers.get(2).text()).isInstanceOf(InferenceTimeoutException.class);
    assertThat(answers.get(0).text()).isEqualTo("0 ");
  }

  @Test
  void modelClosed_cancelsWhatRuns_failsWhatWaits() throws Exception {
    List<Generation> running = generate("count 1", "held", "count 99");
    List<Generation> waiting = generate("1", "2", "3");
    hold.awaitReached();
    Thread closer = Thread.ofPlatform().start(model::close);
    await().until(() -> runtime.aborts() > 0);
    hold.release();
    closer.join();

    assertThat(running.get(0).await().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(running.get(1).await().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    assertThat(tokens(running.get(0))).isEqualTo("0 ");
    assertThatThrownBy(() -> tokens(running.get(1))).isInstanceOf(ModelClosedException.class);
    for (Generation each : waiting) {
      assertThatThrownBy(each::text)
          .isInstanceOf(ModelClosedException.class)
          .hasMessageContaining("closed before");
    }
    model = load(runtime, 3);
  }

  @Test
  void wrongCount_isRefusedWithBothNumbers() {
    assertThatThrownBy(() -> generate("1", "2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("exactly 3 inputs", "given 2");
    assertThatThrownBy(() -> generate("1", "2", "3", "4")).hasMessageContaining("given 4");
    assertThatThrownBy(() -> model.generateBatch(List.of())).hasMessageContaining("given 0");
    assertThatThrownBy(() -> model.generateBatch(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inputs must not be null");
    List<Input> withNull = Arrays.asList(TextPrompt.of("1"), null, TextPrompt.of("3"));
    assertThatThrownBy(() -> model.generateBatch(withNull))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inputs[1] must not be null");
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void singleRuns_onABatchModel_areRejectedWithMessage() {
    assertThatThrownBy(() -> model.generate("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("generateBatch()");
    assertThatThrownBy(() -> model.logits(TextPrompt.of("x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("generateBatch()");
    assertThatThrownBy(() -> model.openSession())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("generateBatch()");
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void batchOfOne_isARunLikeAnyOther() {
    try (RkllmModel one = load(runtime, 1)) {
      assertThat(one.generateBatch(List.of(TextPrompt.of("count 4"))).getFirst().text())
          .isEqualTo(counting(4));
      assertThat(one.generate("count 2").text()).isEqualTo(counting(2));
    }
  }

  private static String counting(int tokens) {
    return String.join("", IntStream.range(0, tokens).mapToObj(i -> i + " ").toList());
  }

  private static String tokens(Generation generation) {
    StringBuilder text = new StringBuilder();
    generation.forEach(token -> text.append(token.text()));
    return text.toString();
  }
}
