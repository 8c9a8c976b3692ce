package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Images;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs that cannot be paused, calls that are rejected during a pause, and events that end a pause.
 */
@Timeout(30)
class PauseRefusalTest {
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> prompt.equals("count") ? Script.counting(10) : Script.of(prompt));
  private final RkllmModel model =
      RkllmModel.builder(Path.of("scripted"))
          .runtime(runtime)
          .crossAttention()
          .closeTimeout(Duration.ofSeconds(20))
          .load();

  private final NativeFloats one = NativeFloats.copyOf(new float[1]);
  private final CrossAttention cross =
      CrossAttention.of(new CrossAttention.Shape(1, 1, 1), one, one, new float[1], new int[1]);

  @BeforeEach
  void attend() {
    model.setCrossAttention(cross);
  }

  @Test
  void blockingCalls_whilePaused_areRejectedWithMessage_andRunAfterwards(@TempDir Path folder)
      throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    PromptCache cache = model.loadPromptCache(file);
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    List<ThrowingCallable> calls =
        List.of(
            () -> model.logits(TextPrompt.of("x")),
            () -> model.hiddenStates(TextPrompt.of("x")),
            () -> model.embed("x"),
            () -> model.loadLora("name", file, 1),
            () -> model.kvCache().sizes(),
            () -> model.kvCache().clear(),
            () -> model.kvCache().clearKeepingSystemPrompt(),
            () -> model.setChatTemplate(ChatTemplate.NONE),
            () -> model.setFunctionTools(new FunctionTools("", "[]", "t")),
            () -> model.setCrossAttention(cross));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("is paused", "Resume or close the PausedGeneration");
    }
    cache.close(); // as at the end of a try statement: must not hide an earlier exception
    assertThat(runtime.calls()).doesNotContain("releasePromptCache");
    paused.close();

    assertThat(model.embed("x")).isNotEmpty();
    assertThat(model.loadLora("name", file, 1).name()).isEqualTo("name"); // the name was not used
    assertThat(runtime.calls()).contains("releasePromptCache");
    model.close();
  }

  @Test
  void sessionTurns_cannotBePaused() {
    Stream<RkllmModel> models =
        Stream.of(
            model,
            RkllmModel.builder(Path.of("x"))
                .runtime(runtime)
                .chatFormat(ChatFormat.chatMl())
                .load());
    models.forEach(
        each -> {
          try (each;
              InferenceSession session = each.openSession()) {
            Generation turn = session.generate("x");
            assertThatThrownBy(turn::pause)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("turn of a session");
            assertThat(turn.text()).isNotEmpty();
          }
        });
  }

  @Test
  void batchMembers_cannotBePaused() {
    try (RkllmModel batches =
        RkllmModel.builder(Path.of("x")).runtime(runtime).batchSize(2).load()) {
      List<Generation> answers =
          batches.generateBatch(List.of(TextPrompt.of("a"), TextPrompt.of("b")));
      assertThatThrownBy(answers.getFirst()::pause)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("generation of a batch");
      assertThat(answers.getFirst().text() + answers.getLast().text()).isEqualTo("ab");
    }
    model.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anyMethod_onceResumedOrClosed_isRejectedWithMessage(boolean resume) {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    if (resume) {
      paused.resume().text();
    } else {
      paused.close();
    }

    List<ThrowingCallable> calls =
        List.of(
            paused::resume,
            () -> paused.resume(TokenPrompt.of(1)),
            paused::kvCacheSize,
            () -> paused.clearKvCache(0, 1));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("resumed or closed already");
    }
    paused.close(); // has no effect
    assertThat(paused.text()).startsWith("0 ");
    assertThat(model.generate("x").text()).isEqualTo("x");
    model.close();
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOf(ModelClosedException.class)
          .hasMessageContaining("model is closed");
    }
  }

  @Test
  void clearKvCache_rangesAreChecked_againstTheCache() {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    int size = paused.kvCacheSize();
    int[][] ranges = {
      {-1, 1},
      {0, 0},
      {1, 0},
      {0, size + 1},
      {size, size + 1},
      {Integer.MAX_VALUE, 0},
      {Integer.MAX_VALUE, Integer.MIN_VALUE},
      {0, Integer.MAX_VALUE},
      {Integer.MIN_VALUE, 1}
    };
    List<String> before = runtime.calls();
    for (int[] range : ranges) {
      assertThatThrownBy(() -> paused.clearKvCache(range[0], range[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("[0, " + size + "]", "was [" + range[0] + ", " + range[1] + ")");
    }
    assertThat(runtime.calls()).isEqualTo(before);
    paused.clearKvCache(0, size);
    assertThat(paused.kvCacheSize()).isZero();
    model.close();
  }

  @Test
  void clearKvCache_refusedByTheRuntime_reportsFunctionAndCode() {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    runtime.returning(-1);

    assertThatThrownBy(() -> paused.clearKvCache(0, 1))
        .isInstanceOfSatisfying(
            RkllmException.class,
            e -> {
              assertThat(e.operation()).isEqualTo("rkllm_clear_kv_cache");
              assertThat(e.nativeCode()).isEqualTo(-1);
            });
    assertThat(paused.resume().text()).isNotEmpty(); // it is still paused
    model.close();
  }

  @Test
  void resume_withEmbeddingsOfUnknownWidth_isRefused_andThePauseIsKept() {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    EmbeddingPrompt embeddings = EmbeddingPrompt.of(new float[8], 8);

    assertThatThrownBy(() -> paused.resume(embeddings))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("embeddingWidth");
    String whole = paused.text() + paused.resume().text();
    assertThat(whole).isEqualTo("0 1 2 3 4 5 6 7 8 9 "); // no run of one token was made in between
    model.close();
  }

  @Test
  void resume_withWhatTheModelCannotTake_isRefused_andThePauseIsKept() {
    model.embed("x");
    PausedGeneration paused = Pausing.pausedRun(model, "count");

    assertThatThrownBy(() -> paused.resume(EmbeddingPrompt.of(new float[6], 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("rows of 8", "rows of 3");
    assertThatThrownBy(
            () ->
                paused.resume(MultimodalPrompt.of("<image>", Images.of(new float[8], 8, 1, 4, 4))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("imageTags");
    assertThatThrownBy(() -> paused.resume(null)).isInstanceOf(IllegalArgumentException.class);
    assertThat(paused.text() + paused.resume().text()).isEqualTo("0 1 2 3 4 5 6 7 8 9 ");
    model.close();
  }

  @Test
  void waitingGenerations_timeOut_whilePaused() {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    Generation waiting =
        model.generate("x", GenerationOptions.builder().timeout(Duration.ofMillis(20)).build());

    assertThatThrownBy(waiting::text).isInstanceOf(InferenceTimeoutException.class);
    assertThat(paused.resume().text()).isNotEmpty();
    model.close();
  }

  @Test
  void modelClosed_whilePaused_failsWhatWaits_andAllIsFreed() {
    PausedGeneration paused = Pausing.pausedRun(model, "count");
    Generation waiting = model.generate("x");

    model.close();

    assertThat(runtime.openModels()).isZero();
    assertThatThrownBy(waiting::text).hasMessageContaining("closed before");
    assertThatThrownBy(paused::resume).hasMessageContaining("model is closed");
    assertThatThrownBy(paused::kvCacheSize).hasMessageContaining("model is closed");
    paused.close();
  }

  @Test
  void modelClosed_whileResuming_endsTheResumed() throws Exception {
    for (int i = 0; i < 200; i++) {
      RkllmModel each = RkllmModel.builder(Path.of("x")).runtime(runtime).load();
      PausedGeneration paused = Pausing.pausedRun(each, "count");
      Thread closer = Thread.ofPlatform().start(each::close);
      try {
        Generation resumed = paused.resume();
        resumed.result().handle((result, thrown) -> "ended").get();
      } catch (ModelClosedException e) {
        assertThat(e).hasMessageContaining("model is closed");
      }
      closer.join();
    }
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void modelClosed_beforeAPauseIsReached_releasesThePauser() throws Exception {
    Hold hold = new Hold();
    ScriptedRuntime held =
        ScriptedRuntime.answering(p -> Script.of("a").then(hold::here).then("b", "c"));
    RkllmModel other = RkllmModel.builder(Path.of("x")).runtime(held).load();
    Generation generation = other.generate("x");
    hold.awaitReached();
    Thread closer = Thread.ofPlatform().start(other::close);
    await().until(() -> held.aborts() > 0);
    hold.release();

    assertThat(generation.pause()).isEmpty();
    closer.join();
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    model.close();
  }

  /** The pause ends between the check and the end of the pause, here by the listener of the run. */
  @Test
  void resume_ofAPauseThatHasJustEnded_isRefused_andReleasesTheInput() throws Exception {
    PausedGeneration[] paused = new PausedGeneration[1];
    ModelListener closing =
        new ModelListener() {
          @Override
          public ModelListener forRun(RunKind kind) {
            if (paused[0] != null) {
              paused[0].close();
            }
            return this;
          }
        };
    NativeFloats floats = NativeFloats.allocate(8);
    try (RkllmModel other =
        RkllmModel.builder(Path.of("other"))
            .runtime(runtime)
            .embeddingWidth(8)
            .listener(closing)
            .load()) {
      paused[0] = Pausing.pausedRun(other, "count");
      assertThatThrownBy(() -> paused[0].resume(EmbeddingPrompt.of(floats, 8)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("resumed or closed already");
      floats.close();
    }
  }
}
