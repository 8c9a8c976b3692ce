package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceSession;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ways to end a native run early, with all ABIs. The next run must work afterwards. */
@Timeout(60)
class StoppingEndToEndTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void cancel_betweenTokens_endsTheRunWithWhatThereWas(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          Generation generation = model.generate("count slowly to 2000");
          TokenIterator tokens = generation.iterator();
          String first = tokens.next().text() + tokens.next().text();
          generation.cancel();

          GenerationResult result = generation.result().join();
          assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
          assertThat(result.text()).startsWith(first);
          assertThat(result.stats().generatedTokens()).isLessThan(1000);
        });
  }

  @ParameterizedTest
  @EnumSource
  void cancel_inPrefill_waitsForItsEndAndGivesNoToken(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          Generation generation = model.generate("think long");
          generation.cancel();

          assertThat(generation.text()).isEmpty();
        });
  }

  @Tag("in-process")
  @ParameterizedTest
  @EnumSource
  void cancel_earlyAbortIsLostByTheRuntime_isRepeated(Simulator runtime) throws Exception {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: count",
            "fault: lose-early-abort",
            "prefill-ms: 500",
            "decode-ms: 2",
            "repeat: 2000 \" {i}\"",
            "when: *",
            "say: next");
    try (RkllmModel model =
        EndToEnd.load(runtime, file)
            .library(runtime.copyIn(folder))
            .load()) { // with a separate ledger
      Generation generation = model.generate("count");
      await().until(StoppingEndToEndTest::aRunIsInNativeCode);
      generation.cancel();

      GenerationResult result = generation.result().join();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.stats().runTime()).isGreaterThan(Duration.ofMillis(400)); // the prefill
      assertThat(model.generate("x").text()).isEqualTo("next");
    }
    EndToEnd.assertClean(file);
    long tokens = Long.parseLong(file.ledger().replaceFirst("(?s).* tokens=(\\d+) .*", "$1"));
    assertThat(tokens).isLessThan(1000); // of 2000, including those of the second answer
  }

  private static boolean aRunIsInNativeCode() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(
            frame ->
                frame.getClassName().equals(NativeLibrary.class.getName())
                    && frame.getMethodName().equals("run"));
  }

  @ParameterizedTest
  @EnumSource
  void cancel_afterTheEnd_doesNotTouchTheNextRun(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          for (int i = 0; i < 200; i++) {
            Generation generation = model.generate("anything");
            assertThat(generation.text()).isEqualTo("I heard you.");
            generation.cancel();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void timeout_inARun_endsItAndIsReported(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          GenerationOptions options =
              GenerationOptions.builder().timeout(Duration.ofMillis(60)).build();
          Generation generation = model.generate(TextPrompt.of("count slowly to 3000"), options);

          assertThatThrownBy(generation::text)
              .isInstanceOf(InferenceTimeoutException.class)
              .hasMessageContaining("PT0.06S");
        });
  }

  @ParameterizedTest
  @EnumSource
  void leaving_theLastReader_endsTheRun(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          Generation generation = model.generate("count slowly to 3000");
          try (TokenIterator tokens = generation.iterator()) {
            tokens.next();
          }
          assertThat(generation.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
        });
  }

  @ParameterizedTest
  @EnumSource
  void interrupt_ofTheReader_endsTheRun(Simulator runtime) {
    inAModel(
        runtime,
        model -> {
          Generation generation = model.generate("count slowly to 3000");
          CountDownLatch reading = new CountDownLatch(1);
          Thread reader =
              Thread.ofVirtual()
                  .start(
                      () ->
                          assertThatThrownBy(() -> generation.forEach(token -> reading.countDown()))
                              .hasMessageContaining("interrupted"));
          reading.await();
          reader.interrupt();
          reader.join();

          assertThat(generation.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
        });
  }

  @ParameterizedTest
  @EnumSource
  void close_ofTheModelDuringARun_endsItAndFreesAll(Simulator runtime) throws Exception {
    ModelFile file = EndToEnd.modelIn(folder);
    RkllmModel model = EndToEnd.load(runtime, file).load();
    Generation running = model.generate("count slowly to 3000");
    Generation waiting = model.generate("anything");
    running.iterator().next();

    model.close();

    assertThat(running.result().get().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    assertThatThrownBy(waiting::text).hasMessageContaining("closed before");
    EndToEnd.assertClean(file);
  }

  @ParameterizedTest
  @EnumSource
  void close_whileNativeCodeHangs_returnsWithoutFreeing(Simulator runtime) {
    ModelFile file = ModelFile.in(folder, "when: *", "fault: hang-at 1 400", "repeat: 9 \" {i}\"");
    RkllmModel model = EndToEnd.load(runtime, file).closeTimeout(Duration.ofMillis(50)).load();
    Generation generation = model.generate("x");
    generation.iterator().next();

    model.close();
    assertThat(generation.isDone()).isFalse(); // native code has not returned yet

    assertThat(generation.result().join().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
    model.close(); // waits until the model is destroyed after all
  }

  @ParameterizedTest
  @EnumSource
  void cancel_ofATurn_keepsItAsFarAsItGotOrRollsItBack(Simulator runtime) {
    ModelFile file = EndToEnd.modelIn(folder);
    SessionOptions rollBack =
        SessionOptions.builder().cancelledTurns(SessionOptions.CancelledTurns.ROLL_BACK).build();
    try (RkllmModel model = EndToEnd.load(runtime, file).chatFormat(ChatFormat.chatMl()).load();
        InferenceSession keeping = model.openSession();
        InferenceSession rolling = model.openSession(rollBack)) {
      for (InferenceSession session : new InferenceSession[] {keeping, rolling}) {
        Generation turn = session.generate("count slowly to 2000");
        turn.iterator().next();
        turn.cancel();
        turn.text();
      }
      int kept = prefillTokens(keeping.generate("what is my name"));
      int rolled = prefillTokens(rolling.generate("what is my name"));
      assertThat(rolled).isLessThan(kept);
    }
    EndToEnd.assertClean(file);
  }

  private static int prefillTokens(Generation generation) {
    return generation.result().join().stats().prefillTokens().orElseThrow();
  }

  private interface Body {
    void with(RkllmModel model) throws Exception;
  }

  private void inAModel(Simulator runtime, Body body) {
    ModelFile file = EndToEnd.modelIn(folder);
    try (RkllmModel model = EndToEnd.load(runtime, file).load()) {
      body.with(model);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    EndToEnd.assertClean(file);
  }
}
