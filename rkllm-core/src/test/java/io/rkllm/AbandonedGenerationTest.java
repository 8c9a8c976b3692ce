package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.TextPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Generations that the application no longer references. */
@Timeout(60)
class AbandonedGenerationTest {
  private final Hold hold = new Hold();
  private final AtomicReference<WeakReference<Object>> lost = new AtomicReference<>();
  private final AtomicBoolean wentOn = new AtomicBoolean();

  /** Starts, triggers a garbage collection when the test allows it, and continues. */
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "short" -> Script.of("ok");
                case "count" -> Script.counting(10);
                case "dropped" -> beginning().then("b").then(this::awaitAbort).then("c");
                default -> beginning().then("b", "c").then(() -> wentOn.set(true));
              });

  private Script beginning() {
    return Script.of("a").then(hold::here).then(this::collect);
  }

  private void awaitAbort() {
    await().until(() -> runtime.aborts() > 0);
  }

  private final RkllmModel model = RkllmModel.builder(Path.of("abandoned")).runtime(runtime).load();

  private void collect() {
    WeakReference<Object> what = lost.get();
    if (what != null) {
      await()
          .until(
              () -> {
                System.gc();
                return what.refersTo(null);
              });
    } else {
      System.gc();
    }
  }

  private void lose(Object generation) {
    lost.set(new WeakReference<>(generation));
  }

  /** Generates in a separate method, so that no stack frame references the generation. */
  private void generateAndForget(String prompt) {
    lose(model.generate(prompt));
  }

  private void breakOut() {
    for (Token token : keepWeakly(model.generate("dropped"))) {
      assertThat(token.text()).isEqualTo("a");
      break;
    }
  }

  private Generation keepWeakly(Generation generation) {
    lose(generation);
    return generation;
  }

  private void assertAborted() throws Exception {
    try (model) {
      hold.awaitReached();
      hold.release();
      assertThat(model.generate("short").text()).isEqualTo("ok");
    }
    assertThat(runtime.aborts()).isPositive();
    String log = Files.readString(Path.of(System.getProperty("org.slf4j.simpleLogger.logFile")));
    assertThat(log).contains("abandoned: a generation was canceled because the application");
  }

  @Test
  void unreachableGeneration_isCancelledAtTheNextToken() throws Exception {
    generateAndForget("dropped");
    assertAborted();
  }

  @Test
  void breakOutOfALoop_isCancelledAtTheNextToken() throws Exception {
    breakOut();
    assertAborted();
  }

  @Test
  void unreachableGeneration_inTheQueue_neverReachesTheRuntime() throws Exception {
    try (model) {
      Generation first = model.generate("long");
      generateAndForget("long");
      hold.awaitReached();
      hold.release();
      first.text();
      model.generate("short").text();
    }
    assertThat(runtime.requests()).hasSize(2);
  }

  private void pauseAndForget() {
    lose(Pausing.pausedRun(model, "count"));
  }

  @Test
  void pausedAndDropped_isClosed_soThatOthersRun() throws Exception {
    try (model) {
      pauseAndForget();
      Generation next = model.generate("short");
      await()
          .until(
              () -> {
                System.gc();
                return next.isDone();
              });
      assertThat(next.text()).isEqualTo("ok");
    }
    String log = Files.readString(Path.of(System.getProperty("org.slf4j.simpleLogger.logFile")));
    assertThat(log).contains("abandoned: a paused generation was dropped without close()");
  }

  /** The application can get the pause again by calling {@code pause()} of the generation. */
  @Test
  void pausedAndOnlyItsGenerationKept_staysPaused() {
    try (model) {
      Generation generation;
      do { // one that has ended cannot be paused
        generation = model.generate("count");
      } while (generation.pause().isEmpty());
      collect();
      PausedGeneration paused = generation.pause().orElseThrow();
      assertThat(paused.kvCacheSize()).isPositive();
      assertThat(generation.text() + paused.resume().text()).isEqualTo("0 1 2 3 4 5 6 7 8 9 ");
    }
  }

  @Test
  void resultIsAskedFor_runsToItsEnd() throws Exception {
    try (model) {
      CompletableFuture<GenerationResult> result = model.generate("long").result();
      hold.awaitReached();
      hold.release();

      assertThat(result.get().text()).isEqualTo("abc");
    }
  }

  private CollectingSubscriber subscribe(int demand) {
    CollectingSubscriber subscriber = new CollectingSubscriber(demand);
    model.generate("long").tokens().subscribe(subscriber);
    return subscriber;
  }

  @Test
  void subscriberReads_runsToItsEnd() throws Exception {
    try (model) {
      CollectingSubscriber subscriber = subscribe(1);
      hold.awaitReached();
      hold.release();

      assertThat(subscriber.awaitText()).isEqualTo("abc");
    }
  }

  /** The test holds only the subscription. */
  @Test
  void subscriberAsksLater_runsToItsEnd() throws Exception {
    try (model) {
      CollectingSubscriber subscriber = subscribe(0);
      hold.awaitReached();
      hold.release();
      await().untilTrue(wentOn);
      subscriber.subscription().request(10);
      await().until(() -> subscriber.text().equals("abc"));
    }
  }

  @Test
  void iteratorReads_runsToItsEnd() throws Exception {
    try (model;
        TokenIterator tokens = model.generate("long").iterator()) {
      hold.awaitReached();
      hold.release();
      StringBuilder text = new StringBuilder();
      tokens.forEachRemaining(token -> text.append(token.text()));
      assertThat(text).hasToString("abc");
    }
  }

  /** The end is observed through {@link Generation#result}. */
  @Test
  void derivedFutureIsCancelled_thatIsPassedOn_endsTheRun() throws Exception {
    try (model) {
      Generation generation = model.generate("long");
      CompletableFuture<String> text = generation.result().thenApply(GenerationResult::text);
      var _ = text.whenComplete((_, _) -> generation.cancel());
      hold.awaitReached();
      text.cancel(false);
      hold.release();

      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void oneOfABatch_theOtherContinues() throws Exception {
    try (RkllmModel batches =
        RkllmModel.builder(Path.of("abandoned")).runtime(runtime).batchSize(2).load()) {
      Generation kept = keepTheSecond(batches);
      hold.awaitReached();
      hold.release();
      assertThat(kept.text()).isEqualTo("abc");
    }
    model.close();
  }

  private Generation keepTheSecond(RkllmModel batches) {
    List<Generation> both =
        batches.generateBatch(List.of(TextPrompt.of("long"), TextPrompt.of("long")));
    lose(both.getFirst());
    return both.getLast();
  }
}
