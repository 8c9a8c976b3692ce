package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pausing and resuming a generation. PauseRefusalTest has the rejected calls. */
@Timeout(30)
class PauseTest {
  private final Hold hold = new Hold();
  private final Pausing pausing = new Pausing();

  /** Generates "abcdef" around a hold, ten numbers, or the prompt. */
  private final ScriptedRuntime runtime =
      ScriptedRuntime.of(
          request ->
              switch (ScriptedRuntime.promptOf(request)) {
                case "held" -> Script.of("a", "b").then(hold::here).then("c", "d", "e", "f");
                case "count" -> Script.counting(10);
                case "each token" ->
                    Script.of()
                        .then(pausing::here)
                        .then("a")
                        .then(pausing::here)
                        .then("b")
                        .then(pausing::here)
                        .then("c", "d");
                case "characters" ->
                    Script.of()
                        .then(pausing::here)
                        .then(Script.ofPieces(bytes("ß")))
                        .then(pausing::here)
                        .then(Script.ofPieces(bytes("ß")))
                        .then("!");
                case "each second" -> Script.of().then(pausing::here).then("a", "b", "c", "d");
                default -> Script.of(ScriptedRuntime.promptOf(request));
              });

  private final RkllmModel model =
      RkllmModel.builder(Path.of("scripted")).runtime(runtime).queueCapacity(2).load();

  @AfterEach
  void nextOneRunsAndAllIsFreed() {
    hold.release();
    assertThat(model.generate("next").text()).isEqualTo("next");
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  /** Pauses "held" while it is blocked at "b"; it continues to its next token. */
  private PausedGeneration pauseHeld(Generation held) throws Exception {
    hold.awaitReached();
    CompletableFuture<Optional<PausedGeneration>> pausing = Pausing.begin(held);
    hold.release();
    return pausing.get().orElseThrow();
  }

  @Test
  void textBeforeAndAfter_isTheText() throws Exception {
    Generation held = model.generate("held");
    PausedGeneration paused = pauseHeld(held);

    assertThat(held.await().finishReason()).isEqualTo(FinishReason.PAUSED);
    assertThat(paused.text()).isEqualTo(held.text()).isEqualTo("abc");
    GenerationResult rest = paused.resume().await();
    assertThat(rest.text()).isEqualTo("def");
    assertThat(rest.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(paused.text()).isEqualTo("abc");
    assertThat(runtime.requests().getLast()).isEqualTo(RunRequest.nothing());
    assertThat(runtime.clears()).isZero();
  }

  @Test
  void pausedAtEachToken_losesNothing() throws Exception {
    Generation generation = model.generate("each token");
    for (String token : List.of("a", "b", "c")) {
      PausedGeneration paused = pausing.await(generation).orElseThrow();
      assertThat(paused.text()).isEqualTo(token);
      generation = paused.resume();
    }

    assertThat(generation.text()).isEqualTo("d");
  }

  @Test
  void pause_insideACharacter_comesAfterIt() throws Exception {
    Generation generation = model.generate("characters");
    for (int i = 0; i < 2; i++) {
      PausedGeneration paused = pausing.await(generation).orElseThrow();
      assertThat(paused.text()).isEqualTo("ß");
      generation = paused.resume();
    }

    assertThat(generation.text()).isEqualTo("!");
  }

  @Test
  void pause_insideAStopSequence_comesAfterItIsRuledOut() throws Exception {
    GenerationOptions ruledOut = GenerationOptions.builder().stopSequences("abd").build();
    PausedGeneration paused = pausing.await(model.generate("each second", ruledOut)).orElseThrow();
    assertThat(paused.text()).isEqualTo("abc");
    paused.close();

    GenerationOptions comes = GenerationOptions.builder().stopSequences("abc").build();
    Generation stopped = model.generate("each second", comes);
    assertThat(pausing.await(stopped)).isEmpty();
    assertThat(stopped.await().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(stopped.text()).isEmpty();
  }

  @Test
  void pause_ofOneThatHasEnded_isEmpty() {
    Generation ended = model.generate("x");
    ended.text();

    assertThat(ended.pause()).isEmpty();
  }

  @Test
  void pause_endsBeforeItCan_isEmpty() throws Exception {
    Hold last = new Hold();
    ScriptedRuntime atItsEnd = ScriptedRuntime.answering(p -> Script.of("x").then(last::here));
    try (RkllmModel other = RkllmModel.builder(Path.of("x")).runtime(atItsEnd).load()) {
      Generation generation = other.generate("x");
      last.awaitReached();
      CompletableFuture<Optional<PausedGeneration>> pausing = Pausing.begin(generation);
      last.release();

      assertThat(pausing.get()).isEmpty();
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void pause_askedForInTheQueue_pausesAfterTheFirstToken() throws Exception {
    Generation running = model.generate("held");
    Generation waiting = model.generate("count");
    hold.awaitReached();
    CompletableFuture<Optional<PausedGeneration>> pausing = Pausing.begin(waiting);
    hold.release();

    try (PausedGeneration paused = pausing.get().orElseThrow()) {
      assertThat(paused.text()).isEqualTo("0 ");
      assertThat(running.text()).isEqualTo("abcdef");
    }
  }

  @Test
  void pause_byTwoAtOnce_givesBothTheSame() throws Exception {
    Generation generation = model.generate("held");
    hold.awaitReached();
    CompletableFuture<Optional<PausedGeneration>> first = Pausing.begin(generation);
    CompletableFuture<Optional<PausedGeneration>> second = Pausing.begin(generation);
    hold.release();

    assertThat(first.get()).isEqualTo(second.get());
    first.get().ifPresent(PausedGeneration::close);
  }

  @Test
  void resume_withInput_reachesTheRuntime_andItsMemoryIsHeldOpen() throws Exception {
    PausedGeneration first = pauseHeld(model.generate("held"));
    assertThat(first.resume(TokenPrompt.of(7, 8)).text()).isEqualTo("[7, 8]");
    assertThat(runtime.requests().getLast()).isEqualTo(RunRequest.of(TokenPrompt.of(7, 8)));

    model.hiddenStates(TokenPrompt.of(1)); // the width is known from now on
    NativeFloats floats = NativeFloats.allocate(16);
    EmbeddingPrompt embeddings = EmbeddingPrompt.of(floats, 8);
    PausedGeneration second = Pausing.pausedRun(model, "count");
    second.resume(embeddings).text();
    floats.close(); // the lease has ended
    assertThat(runtime.requests().getLast().input()).isEqualTo(embeddings);

    PausedGeneration third = Pausing.pausedRun(model, "count");
    assertThatThrownBy(() -> third.resume(embeddings)).hasMessageContaining("closed");
    assertThat(third.resume().text())
        .isEqualTo("1 2 3 4 5 6 7 8 9 "); // a rejected call has no effect
  }

  @Test
  void generationsAskedForMeanwhile_waitAndRunAfterwards() throws Exception {
    PausedGeneration paused = pauseHeld(model.generate("held"));
    Generation first = model.generate("first");
    Generation second = model.generate("second");
    assertThatThrownBy(
            () -> model.generate("third")) // the paused generation keeps its place in the queue
        .isInstanceOf(ModelBusyException.class);

    Generation rest = paused.resume(); // even if the queue is full
    assertThat(rest.text() + first.text() + second.text()).isEqualTo("deffirstsecond");
  }

  @Test
  void close_clearsTheCache_andOthersRun() throws Exception {
    PausedGeneration paused = pauseHeld(model.generate("held"));
    Generation waiting = model.generate("waiting");

    paused.close();
    paused.close();

    assertThat(waiting.text()).isEqualTo("waiting");
    assertThat(runtime.clears()).isOne();
  }

  @Test
  void close_thenAnythingElse_isNotDelayedByThePause() throws Exception {
    try (RkllmModel one =
        RkllmModel.builder(Path.of("x")).runtime(runtime).queueCapacity(0).load()) {
      for (int i = 0; i < 500; i++) {
        Generation generation = one.generate("count");
        PausedGeneration paused = generation.pause().orElse(null);
        if (paused != null && i % 2 == 0) {
          paused.close();
        } else if (paused != null) {
          paused.resume().cancel();
        }
        assertThat(one.kvCache().sizes()).hasSize(1); // not rejected, because the pause is over
        assertThat(one.generate("x").text()).isEqualTo("x"); // and the queue is not full
      }
    }
  }

  @Test
  void cancel_ofTheResumed_isLikeAnyOther() throws Exception {
    PausedGeneration paused = pauseHeld(model.generate("held"));
    Generation resumed = paused.resume();
    resumed.cancel();

    assertThat(resumed.await().finishReason()).isIn(FinishReason.CANCELLED, FinishReason.STOP);
    assertThat("def").startsWith(resumed.text());
  }

  @Test
  void kvCache_isAskedAndCutWhilePaused() throws Exception {
    PausedGeneration paused = pauseHeld(model.generate("held"));

    assertThat(paused.kvCacheSize()).isEqualTo(3);
    paused.clearKvCache(0, 2);
    assertThat(paused.kvCacheSize()).isOne();
    assertThat(runtime.calls()).containsExactly("clearKvCache [0] [2]");
    paused.close();
  }

  @Test
  void options_continueToApply() throws Exception {
    GenerationOptions options =
        GenerationOptions.builder().sampling(Sampling.greedy()).maxNewTokens(5).build();
    Generation held = model.generate("held", options);
    PausedGeneration paused = pauseHeld(held);
    paused.resume().text();

    RunRequest resumed = runtime.requests().getLast();
    assertThat(resumed.sampling()).isEqualTo(Sampling.greedy());
    assertThat(resumed.maxNewTokens()).isEqualTo(5);
    assertThat(resumed.inputs()).isEmpty();
  }

  @Test
  void pause_atTheTokenThatCompletesAStopSequence_isNotRequestedOfTheRuntime() throws Exception {
    AtomicInteger pauses = new AtomicInteger();
    runtime.beforePauses(pauses::incrementAndGet);
    GenerationOptions options = GenerationOptions.builder().stopSequences("a").build();
    Generation stopped = model.generate("each second", options);
    assertThat(pausing.await(stopped)).isEmpty();
    assertThat(stopped.await().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(pauses).hasValue(0);
  }

  /** Starts a thread that waits for a pause that does not happen; the test interrupts it. */
  private static Thread pauserToInterrupt(Generation generation) {
    Thread pauser =
        Thread.ofPlatform()
            .start(() -> assertThatThrownBy(generation::pause).hasMessageContaining("interrupted"));
    await().until(() -> pauser.getState() == Thread.State.WAITING);
    return pauser;
  }

  @Test
  void pauser_interrupted_whileOthersRead_doesNotLeaveTheModelPaused() throws Exception {
    Generation held = model.generate("held");
    CompletableFuture<GenerationResult> reader = held.result();
    hold.awaitReached();
    Thread pauser = pauserToInterrupt(held);
    pauser.interrupt();
    pauser.join();
    hold.release();

    assertThat(reader.get().text()).isEqualTo("abcdef");
  }

  @Test
  void pauser_interrupted_leavesThePauseOfAnother() throws Exception {
    Generation held = model.generate("held");
    CompletableFuture<GenerationResult> reader = held.result();
    hold.awaitReached();
    Thread gone = pauserToInterrupt(held);
    gone.interrupt();
    gone.join();
    CompletableFuture<Optional<PausedGeneration>> other = Pausing.begin(held);
    hold.release();
    String rest = other.get().orElseThrow().resume().text();

    assertThat(reader.get().finishReason()).isEqualTo(FinishReason.PAUSED);
    assertThat(reader.get().text() + rest).isEqualTo("abcdef");
  }

  @Test
  void pauser_interruptedWhenThePauseHasBegun_doesNotLeaveTheModelPaused() throws Exception {
    Hold pausing = new Hold();
    runtime.beforePauses(pausing::hereUnchecked);
    Generation held = model.generate("held");
    CompletableFuture<GenerationResult> reader = held.result();
    hold.awaitReached();
    Thread pauser = pauserToInterrupt(held);
    hold.release();
    pausing.awaitReached();
    pauser.interrupt();
    pauser.join();
    pausing.release();

    assertThat(reader.get().finishReason()).isEqualTo(FinishReason.PAUSED);
    assertThat(model.generate("next").text()).isEqualTo("next"); // the pause was withdrawn
  }

  @Test
  void cancel_whenThePauseHasBegun_isACancel() throws Exception {
    Hold pausing = new Hold();
    runtime.beforePauses(pausing::hereUnchecked);
    Generation held = model.generate("held");
    hold.awaitReached();
    CompletableFuture<Optional<PausedGeneration>> answer = Pausing.begin(held);
    hold.release();
    pausing.awaitReached();
    held.cancel();
    pausing.release();

    assertThat(answer.get()).isEmpty();
    assertThat(held.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(runtime.clears()).isOne(); // the paused run was abandoned
  }

  private static List<byte[]> bytes(String text) {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    List<byte[]> bytes = new ArrayList<>();
    for (byte each : all) {
      bytes.add(new byte[] {each});
    }
    return bytes;
  }
}
