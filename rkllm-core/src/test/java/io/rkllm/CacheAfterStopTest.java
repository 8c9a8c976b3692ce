package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks when the KV cache is cleared after a run, and when it is kept to reuse its prefix. */
@Timeout(30)
class CacheAfterStopTest {
  @TempDir Path folder;

  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> {
            if (prompt.contains("held without finish")) {
              return Script.of("a").then(hold::here).then("b").withoutFinish();
            }
            if (prompt.contains("held and fails")) {
              return Script.of("a").then(hold::here).thenError("planted").returning(-1);
            }
            if (prompt.contains("held")) {
              return Script.of("a").then(hold::here).then("b");
            }
            if (prompt.contains("fails")) {
              return Script.of("x").returning(-1);
            }
            return prompt.contains("reports") ? Script.of("x").thenError("planted") : count();
          });

  private static Script count() {
    return Script.counting(9);
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  private static GenerationOptions.Builder options() {
    return GenerationOptions.builder();
  }

  private void cancel(Generation generation) throws Exception {
    cancel(generation, runtime);
  }

  private void cancel(Generation generation, ScriptedRuntime runtime) throws Exception {
    hold.awaitReached();
    int before = runtime.aborts();
    generation.cancel();
    await().until(() -> runtime.aborts() > before); // otherwise the run may end by itself
    hold.release();
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  /** A new run waits for its turn behind the clear that may follow the previous one. */
  private static void runAnother(RkllmModel model) {
    assertThat(model.generate("another").text()).isEqualTo("0 1 2 3 4 5 6 7 8 ");
  }

  @Test
  void ordinaryEnd_keepsIt() {
    try (RkllmModel model = builder().load()) {
      model.generate("x").text();
      model.generate("x", options().maxNewTokens(3).build()).text();
      runAnother(model);
    }
    assertThat(runtime.clears()).isZero();
  }

  @Test
  void cancelledRun_broughtToItsEnd_keepsIt() throws Exception {
    try (RkllmModel model = builder().load()) {
      cancel(model.generate("held"));
      runAnother(model);
    }
    assertThat(runtime.aborts()).isPositive();
    assertThat(runtime.clears()).isZero();
  }

  @Test
  void cancelledRun_withoutFinish_clearsIt() throws Exception {
    try (RkllmModel model = builder().load()) {
      cancel(model.generate("held without finish"));
      runAnother(model);
    }
    assertThat(runtime.clears()).isOne();
  }

  @Test
  void failedRun_clearsIt_alsoWhereItWasStopped() throws Exception {
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.generate("fails").text());
      runAnother(model);
      assertThat(runtime.clears()).isOne();

      assertThatThrownBy(() -> model.generate("reports").text());
      runAnother(model);
      assertThat(runtime.clears()).isEqualTo(2);

      cancel(model.generate("held and fails"));
      runAnother(model);
      assertThat(runtime.clears()).isEqualTo(3);
    }
  }

  @Test
  void timedOutRun_broughtToItsEnd_keepsIt() throws Exception {
    try (RkllmModel model = builder().load()) {
      Generation generation =
          hold.startWithTimeout(
              timeout -> model.generate("held", options().timeout(timeout).build()));
      await().until(() -> runtime.aborts() > 0);
      hold.release();
      assertThatThrownBy(generation::text).isInstanceOf(InferenceTimeoutException.class);
      runAnother(model);
    }
    assertThat(runtime.clears()).isZero();
  }

  @Test
  void chat_whoseAnswersAreStopped_keepsItsPrefix() throws Exception {
    ScriptedRuntime withoutLimits =
        runtime.withCapabilities(
            EnumSet.complementOf(EnumSet.of(Capability.PER_RUN_MAX_NEW_TOKENS)));
    try (RkllmModel model =
            builder().runtime(withoutLimits).chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("stopped", options().stopSequences("3").build()).text())
          .isEqualTo("0 1 2 ");
      assertThat(session.generate("limited", options().maxNewTokens(4).build()).text())
          .isEqualTo("0 1 2 3 ");
      cancel(session.generate("held"), withoutLimits);
      assertThat(model.generate("x", options().stopSequences("3").build()).text())
          .isEqualTo("0 1 2 ");
    }
    assertThat(withoutLimits.requests()).hasSize(4);
    assertThat(withoutLimits.aborts()).isPositive();
    assertThat(withoutLimits.clears()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"held, 0", "held without finish, 1"})
  void batch_allCancelled_keepsIt_butNotWithoutFinish(String prompt, int clears) throws Exception {
    try (RkllmModel model = builder().batchSize(2).load()) {
      List<Generation> answers =
          model.generateBatch(List.of(TextPrompt.of(prompt), TextPrompt.of("x")));
      hold.awaitReached();
      answers.forEach(Generation::cancel);
      await().until(() -> runtime.aborts() > 0);
      hold.release();
      answers.forEach(Generation::await);
      model
          .generateBatch(List.of(TextPrompt.of("x"), TextPrompt.of("x")))
          .forEach(Generation::await);
    }
    assertThat(runtime.clears()).isEqualTo(clears);
  }

  @Test
  void history_keptByTheRuntime_isNotTouched() throws Exception {
    try (RkllmModel model = builder().clearCacheAfterStop().load();
        InferenceSession session = model.openSession()) {
      cancel(session.generate("held without finish"));
      assertThatThrownBy(() -> session.generate("fails").text());
      session.generate("x").text();
    }
    assertThat(runtime.clears()).isOne(); // for the first turn
  }

  /** Endings of a turn after which the cache of a stand-alone run would be cleared. */
  @ParameterizedTest
  @ValueSource(strings = {"held without finish", "held and fails", "held"})
  void history_keptByTheRuntime_ofACancelledTurn_isNotTouched(String prompt) throws Exception {
    try (RkllmModel model = builder().clearCacheAfterStop().load();
        InferenceSession session = model.openSession()) {
      session.generate("x").text();
      assertThat(runtime.clears()).isOne(); // for the first turn
      cancel(session.generate(prompt));
      session.generate("x").text();
    }
    assertThat(runtime.clears()).isOne();
    assertThat(runtime.requests()).hasSize(3).allMatch(RunRequest::keepHistory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fails", "reports"})
  void history_keptByTheRuntime_ofAFailedTurn_isNotTouched(String prompt) {
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      assertThatThrownBy(() -> session.generate(prompt).text());
      session.generate("x").text();
    }
    assertThat(runtime.clears()).isOne(); // for the first turn
  }

  @Test
  void clearCacheAfterStop_clearsItAfterEachStop_notAfterOrdinaryEnds() throws Exception {
    try (RkllmModel model = builder().clearCacheAfterStop().load()) {
      runAnother(model);
      assertThat(runtime.clears()).isZero();
      cancel(model.generate("held"));
      runAnother(model);
      assertThat(runtime.clears()).isOne();
      model.generate("x", options().stopSequences("3").build()).text();
      runAnother(model);
      assertThat(runtime.clears()).isEqualTo(2);
    }
  }

  // ---- Loading a prompt cache after an aborted run

  private Path cacheFile() throws Exception {
    return Files.writeString(folder.resolve("prompt.cache"), "cache");
  }

  @Test
  void promptCache_afterAnAbortedRun_clearsFirst_onceOnly() throws Exception {
    Path file = cacheFile();
    List<Integer> clearsBefore = new CopyOnWriteArrayList<>();
    runtime.duringCalls(() -> clearsBefore.add(runtime.clears()));
    try (RkllmModel model = builder().load()) {
      model.loadPromptCache(file).close(); // nothing was aborted
      cancel(model.generate("held"));
      runAnother(model); // an ordinary run in between does not clear
      model.loadPromptCache(file).close();
      model.loadPromptCache(file).close();
    }
    assertThat(clearsBefore).containsExactly(0, 0, 1, 1, 1, 1);
  }

  @Test
  void promptCache_afterAClear_clearsNoMore() throws Exception {
    Path file = cacheFile();
    try (RkllmModel model = builder().load()) {
      cancel(model.generate("held"));
      model.kvCache().clear();
      model.loadPromptCache(file);
    }
    assertThat(runtime.clears()).isOne();
  }

  @Test
  void promptCache_afterATemplateWasSet_clearsNoMore() throws Exception {
    Path file = cacheFile();
    try (RkllmModel model = builder().load()) {
      cancel(model.generate("held"));
      model.setChatTemplate(ChatTemplate.NONE); // clears the cache itself
      model.loadPromptCache(file);
    }
    assertThat(runtime.clears()).isZero();
  }
}
