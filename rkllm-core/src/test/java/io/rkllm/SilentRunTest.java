package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that return 0 without any output, and those that only seem to. */
@Timeout(30)
class SilentRunTest {
  private final Hold hold = new Hold();
  private final Hold heldAgain = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "silent" -> Script.silent();
                case "empty" -> Script.of();
                case "only the stop token" -> Script.of().thenStopToken().withoutFinish();
                case "half a character" -> Script.of().thenPartial().withoutFinish();
                case "tokens" -> Script.of("a", "b").withoutFinish();
                case "error" -> Script.of().thenError("planted").withoutFinish();
                case "held again" -> Script.silent().then(heldAgain::here).then("x");
                case "held" -> Script.silent().then(hold::here).then("x");
                default ->
                    prompt.startsWith("refused") ? Script.silent().returning(-1) : Script.of("ok");
              });

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("x")).runtime(runtime);
  }

  @Test
  void silentRun_isAFailureWithMessage_andClearsTheCache() {
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate("silent").text())
          .isExactlyInstanceOf(InferenceException.class)
          .hasMessageContainingAll("returned 0 without a token", "log lines");
      assertThat(model.generate("x").text()).isEqualTo("ok");
      assertThat(model.stats().failed()).isOne();
    }
    assertThat(runtime.clears()).isOne();
  }

  @Test
  void failure_ofAnAsynchronousRun_namesItsFunction() {
    try (RkllmModel model = builder().nativeAsync().load()) {
      assertThatThrownBy(() -> model.generate("silent").text())
          .hasMessageContaining("rkllm_run_async returned 0 without a token");
      assertThatThrownBy(() -> model.generate("refused").text())
          .hasMessageContaining("(rkllm_run_async returned -1)");
      assertThatThrownBy(() -> model.generate("refused " + "word ".repeat(9_000)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("rkllm_run_async returned -1");
    }
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate("silent").text())
          .hasMessageStartingWith("rkllm_run returned 0");
      assertThatThrownBy(() -> model.generate("refused").text())
          .hasMessageContaining("(rkllm_run returned -1)");
    }
  }

  @Test
  void silentTurn_failsInBothKindsOfSessions_andLeavesNoTrace() {
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("silent").text())
          .isInstanceOf(InferenceException.class);
    }
    try (RkllmModel model = builder().chatFormat(conversation -> "silent").load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate("x").text()).isInstanceOf(InferenceException.class);
    }
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("x").text()).isEqualTo("ok");
    }
  }

  @Test
  void emptyAnswer_thatReportedItsEnd_isValid() {
    try (RkllmModel model = builder().load()) {
      GenerationResult result = model.generate("empty").await();
      assertThat(result.text()).isEmpty();
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.stats().generatedTokens()).isZero();
    }
    assertThat(runtime.clears()).isZero();
  }

  @Test
  void anyCallback_isAnAnswer() {
    try (RkllmModel model = builder().load()) {
      assertThat(model.generate("only the stop token").await().finishReason())
          .isEqualTo(FinishReason.STOP);
      assertThat(model.generate("half a character").await().finishReason())
          .isEqualTo(FinishReason.STOP);
      assertThat(model.generate("tokens").text()).isEqualTo("ab");
    }
  }

  @Test
  void stoppedBeforeTheFirstToken_isNotAFailure() throws Exception {
    try (RkllmModel model = builder().load()) {
      Generation held = model.generate("held");
      hold.awaitReached();
      held.cancel();
      hold.release();
      assertThat(held.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void silentAfterAnAbortedRun_isRepeated_andFailsIfItStaysSilent() throws Exception {
    try (RkllmModel model = builder().load()) {
      Generation held = model.generate("held");
      hold.awaitReached();
      held.cancel();
      await().until(() -> runtime.aborts() > 0);
      hold.release();
      held.await();
      assertThatThrownBy(() -> model.generate("silent").text())
          .hasMessageContaining("returned 0 without a token");
      assertThat(runtime.requests()).hasSize(3);
    }
  }

  /** Aborts a run, so that a late abort might end the next one. */
  private void abortOne(Supplier<Generation> start) throws Exception {
    Generation held = start.get();
    hold.awaitReached();
    int before = runtime.aborts();
    held.cancel();
    await().until(() -> runtime.aborts() > before);
    hold.release();
    held.await();
  }

  @Test
  void silentWithoutAnAbortBefore_isNotRepeated() {
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate("silent").text());
      assertThatThrownBy(() -> model.generate("silent").text()); // the previous run was not aborted
      assertThat(runtime.requests()).hasSize(2);
    }
  }

  @Test
  void stoppedAfterAnAbortedRun_isNotRepeated() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      Generation stopped = model.generate("held again");
      heldAgain.awaitReached();
      stopped.cancel();
      heldAgain.release();
      assertThat(stopped.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(model.generate("x").text()).isEqualTo("ok");
      assertThat(runtime.requests()).hasSize(3);
    }
  }

  @Test
  void silentAfterAnAbortedRun_isRepeated_onlyDirectlyAfterIt() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      assertThat(model.generate("x").text()).isEqualTo("ok");
      assertThatThrownBy(() -> model.generate("silent").text());
      assertThat(runtime.requests()).hasSize(3);
    }
  }

  @Test
  void silentAfterAnAbortedRun_thatAnswersTheSecondTime_isValid() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ScriptedRuntime swallowing =
        ScriptedRuntime.answering(
            prompt -> {
              if (prompt.equals("held")) {
                return Script.of("a").then(hold::here).then("b");
              }
              return asked.incrementAndGet() == 1 ? Script.silent() : Script.of("again");
            });
    try (RkllmModel model = builder().runtime(swallowing).load()) {
      Generation held = model.generate("held");
      hold.awaitReached();
      held.cancel();
      await().until(() -> swallowing.aborts() > 0);
      hold.release();
      held.await();

      assertThat(model.generate("x").text()).isEqualTo("again");
    }
    assertThat(asked).hasValue(2);
    assertThat(swallowing.clears()).isZero();
  }

  /** The runtime's history would contain the prompt twice. */
  @Test
  void silentTurnThatTheRuntimeKeeps_afterAnAbortedOne_isNotRepeated() throws Exception {
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      abortOne(() -> session.generate("held"));
      assertThatThrownBy(() -> session.generate("silent").text())
          .hasMessageContaining("returned 0 without a token");
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  @Test
  void failedAfterAnAbortedRun_isNotRepeated() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      assertThatThrownBy(() -> model.generate("refused").text());
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  @Test
  void errorAfterAnAbortedRun_isNotRepeated() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      assertThatThrownBy(() -> model.generate("error").text()).hasMessageContaining("planted");
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  @Test
  void answerAfterAnAbortedRun_isNotRepeated() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      assertThat(model.generate("tokens").text()).isEqualTo("ab");
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  @Test
  void forwardPassAfterAnAbortedRun_isRepeatedOnlyWithoutItsOutput() throws Exception {
    try (RkllmModel model = builder().load()) {
      abortOne(() -> model.generate("held"));
      assertThat(model.logits(TextPrompt.of("x")).row(0)).isNotEmpty();
      assertThat(runtime.requests()).hasSize(2);
    }
  }

  // ---- Batches

  @Test
  void batch_memberThatEndedWithoutAToken_isEmpty_oneWithoutAnySignFails() {
    try (RkllmModel model = builder().batchSize(3).load()) {
      List<Generation> answers = batch(model, "empty", "x", "silent");
      assertThat(answers.get(0).await().finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(answers.get(1).text()).isEqualTo("ok");
      assertThatThrownBy(() -> answers.get(2).text())
          .hasMessageContaining("returned 0 without a token");

      for (Generation silent : batch(model, "silent", "silent", "silent")) {
        assertThatThrownBy(silent::text).isInstanceOf(InferenceException.class);
      }
    }
  }

  private static List<Generation> batch(RkllmModel model, String... prompts) {
    return model.generateBatch(List.of(prompts).stream().map(TextPrompt::of).toList());
  }

  // ---- Forward passes

  @Test
  void forwardPass_withoutItsOutput_isAFailedRun() {
    runtime.withRows(request -> new float[0][]);
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.logits(TextPrompt.of("x")))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("returned no output");
      assertThatThrownBy(() -> model.embed("x")).isInstanceOf(InferenceException.class);
      assertThat(model.stats().failed()).isEqualTo(2);
      assertThat(model.stats().generations()).isZero();
    }
  }

  @Test
  void forwardPass_withItsOutput_needsNoFinish() {
    try (RkllmModel model = builder().load()) {
      assertThat(model.logits(TextPrompt.of("x")).row(0)).isNotEmpty();
      assertThat(model.stats().failed()).isZero();
    }
    assertThat(runtime.clears()).isZero();
  }
}
