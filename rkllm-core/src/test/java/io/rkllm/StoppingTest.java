package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.input.TextPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All ways to end a generation early, at all stages. The next generation must run afterwards. */
@Timeout(30)
class StoppingTest {
  private final CountDownLatch inTheMiddle = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /**
   * Answers "held" with two tokens, a wait for {@link #goOn}, and two more tokens; answers all
   * other prompts with "ok".
   */
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              switch (prompt) {
                case "held" -> Script.of("a", "b").then(this::hold).then("c", "d");
                case "held in prefill" -> Script.of().then(this::hold).then("c", "d");
                default -> Script.of("ok");
              });

  private final RkllmModel model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).load();

  private void hold() throws InterruptedException {
    inTheMiddle.countDown();
    goOn.await();
  }

  @AfterEach
  void nextOneRunsAndAllIsFreed() {
    goOn.countDown();
    assertThat(model.generate("next").text()).isEqualTo("ok");
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void cancel_betweenTokens_keepsWhatThereWas() throws Exception {
    Generation generation = model.generate("held");
    inTheMiddle.await();

    generation.cancel();
    await().until(() -> runtime.aborts() > 0);
    goOn.countDown();

    GenerationResult result = generation.result().get();
    assertThat(result.text()).isEqualTo("ab");
    assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void cancel_inPrefill_givesNoToken() throws Exception {
    Generation generation = model.generate("held in prefill");
    inTheMiddle.await();

    generation.cancel();
    goOn.countDown();

    assertThat(generation.text()).isEmpty();
    assertThat(generation.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void cancel_whileItWaits_neverReachesNativeCode() throws Exception {
    Generation running = model.generate("held");
    Generation waiting = model.generate("never");

    waiting.cancel();

    assertThat(waiting.isDone())
        .isTrue(); // immediately, although the previous one is still running
    assertThat(waiting.text()).isEmpty();
    assertThat(waiting.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
    goOn.countDown();
    assertThat(running.text()).isEqualTo("abcd");
    assertThat(runtime.requests()).noneMatch(r -> ScriptedRuntime.promptOf(r).equals("never"));
    assertThat(runtime.aborts()).isZero();
  }

  @Test
  void cancel_afterTheEnd_changesNothing() {
    Generation generation = model.generate("x");
    String text = generation.text();

    generation.cancel();
    generation.close();

    assertThat(generation.text()).isEqualTo(text).isEqualTo("ok");
    assertThat(runtime.aborts()).isZero();
  }

  @Test
  void cancel_fromTenThreadsAtOnce_isOneCancel() throws Exception {
    Generation generation = model.generate("held");
    inTheMiddle.await();
    CyclicBarrier start = new CyclicBarrier(10);
    Thread[] threads = new Thread[10];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      start.await();
                    } catch (Exception e) {
                      throw new AssertionError(e);
                    }
                    generation.cancel();
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    goOn.countDown();

    assertThat(generation.text()).isEqualTo("ab");
  }

  @Test
  void close_ofAGenerationUnderWay_cancelsIt() throws Exception {
    Generation generation = model.generate("held");
    try (generation) {
      inTheMiddle.await();
    }
    goOn.countDown();

    assertThat(generation.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void lastSubscriberLeaves_withoutRequestForTheResult_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    CollectingSubscriber first = new CollectingSubscriber(1);
    CollectingSubscriber second = new CollectingSubscriber(1);
    generation.tokens().subscribe(first);
    generation.tokens().subscribe(second);
    inTheMiddle.await();

    first.subscription().cancel();
    first.subscription().cancel(); // counts only once
    assertThat(runtime.aborts()).isZero();
    second.subscription().cancel();
    await().until(() -> runtime.aborts() == 1);
    goOn.countDown();

    assertThat(generation.text()).isEqualTo("ab");
  }

  @Test
  void lastIteratorLeaves_withoutRequestForTheResult_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    try (TokenIterator tokens = generation.iterator()) {
      assertThat(tokens.next().text()).isEqualTo("a");
      inTheMiddle.await();
    }
    goOn.countDown();

    assertThat(generation.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void subscriberLeaves_anotherStillReads_theRunContinues() throws Exception {
    Generation generation = model.generate("held");
    CollectingSubscriber leaver = new CollectingSubscriber(1);
    CollectingSubscriber reader = new CollectingSubscriber(1);
    generation.tokens().subscribe(leaver);
    generation.tokens().subscribe(reader);
    inTheMiddle.await();

    leaver.subscription().cancel();
    goOn.countDown();

    assertThat(reader.awaitText()).isEqualTo("abcd");
  }

  @Test
  void lastReaderLeaves_theResultWasAskedFor_theRunContinues() throws Exception {
    Generation generation = model.generate("held");
    CompletableFuture<GenerationResult> result = generation.result();
    CollectingSubscriber leaver = new CollectingSubscriber(1);
    generation.tokens().subscribe(leaver);
    inTheMiddle.await();

    leaver.subscription().cancel();
    goOn.countDown();

    assertThat(result.get().text()).isEqualTo("abcd");
  }

  @Test
  void resultFutureCancelled_withoutOtherReaders_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    CompletableFuture<GenerationResult> result = generation.result();
    inTheMiddle.await();

    result.cancel(true);
    goOn.countDown();

    assertThat(generation.text()).isEqualTo("ab");
  }

  @Test
  void resultFutureTimedOutByItsOwner_withoutOtherReaders_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    CompletableFuture<GenerationResult> result =
        generation.result().orTimeout(20, TimeUnit.MILLISECONDS);
    inTheMiddle.await();

    assertThatThrownBy(result::get).hasCauseInstanceOf(TimeoutException.class);
    await().until(() -> runtime.aborts() > 0);
    goOn.countDown();

    assertThat(generation.text()).isEqualTo("ab");
  }

  @Test
  void timeout_whileItRuns_abortsAndReportsTheTime() throws Exception {
    Duration allowed = Duration.ofMillis(50);
    Generation generation =
        model.generate(TextPrompt.of("held"), GenerationOptions.builder().timeout(allowed).build());
    inTheMiddle.await();
    await().until(() -> runtime.aborts() > 0);
    goOn.countDown();

    assertThatThrownBy(generation::text)
        .isInstanceOfSatisfying(
            InferenceTimeoutException.class,
            e -> {
              assertThat(e.timeout()).isEqualTo(allowed);
              assertThat(e.partialText()).isEqualTo("ab");
            });
  }

  @Test
  void timeout_whileItWaits_coversTheWait() throws Exception {
    model.generate("held");
    inTheMiddle.await(); // until then the timeout could end the wait before the first run begins
    Generation waiting =
        model.generate(
            TextPrompt.of("never"),
            GenerationOptions.builder().timeout(Duration.ofMillis(20)).build());

    assertThatThrownBy(waiting::text)
        .isInstanceOf(InferenceTimeoutException.class)
        .hasMessageContaining("PT0.02S");
    goOn.countDown();
    assertThat(runtime.requests()).hasSize(1);
  }

  @Test
  void interrupt_ofTheOnlyReader_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    generation.text();
                  } catch (InferenceException e) {
                    thrown.set(
                        Thread.currentThread().isInterrupted()
                            ? e
                            : new AssertionError("interrupt was lost"));
                  }
                });
    inTheMiddle.await();
    await().until(() -> reader.getState() == Thread.State.WAITING);

    reader.interrupt();
    reader.join();
    goOn.countDown();

    assertThat(thrown.get())
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("interrupted");
    assertThat(generation.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void interrupt_ofAnIterator_abortsTheRun() throws Exception {
    Generation generation = model.generate("held");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    generation.forEach(token -> {});
                  } catch (InferenceException e) {
                    thrown.set(e);
                  }
                });
    inTheMiddle.await();

    reader.interrupt();
    reader.join();
    goOn.countDown();

    assertThat(thrown.get()).hasMessageContaining("interrupted");
    assertThat(generation.result().get().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }
}
