package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs by {@code rkllm_run_async}, with all ABIs; callers see no difference from {@code rkllm_run}.
 */
@Timeout(60)
class AsyncModelTest {
  @TempDir Path folder;

  private static NativeModel load(Simulator simulator, ModelFile file) {
    return simulator.runtime().load(file.with().nativeAsync(true).build());
  }

  @ParameterizedTest
  @EnumSource
  void run_callsBackOnAThreadOfNativeCode_whichIsADaemon(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", "say: Grüße 你好 🦀", "cut: chars");
    NativeModel model = load(simulator, file);
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt("x"), observer)).isZero();

    assertThat(observer.text()).isEqualTo("Grüße 你好 🦀");
    assertThat(observer.finishes).hasSize(1);
    assertThat(observer.threads)
        .doesNotContain(Thread.currentThread())
        .allSatisfy(thread -> assertThat(thread.isDaemon()).isTrue());
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void isAsync_reachesTheRuntime(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "when: *", "say: {param.is_async}");
    NativeModel async = load(simulator, file);
    assertThat(answer(async, prompt("x"))).isEqualTo("1");
    destroy(async, file);
    NativeModel plain = simulator.runtime().load(file.config());
    assertThat(answer(plain, prompt("x"))).isEqualTo("0");
    destroy(plain, file);
  }

  @ParameterizedTest
  @EnumSource
  void runs_oneAfterAnother_neverMeet(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "numbers: 300", "when: *", "repeat: 20 \" {i}\"");
    NativeModel model = load(simulator, file);
    for (int i = 0; i < 100; i++) {
      assertThat(answer(model, prompt("x " + i))).endsWith(" 20");
    }
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_withLongSilence_isWaitedFor(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, "prefill-ms: 700", "when: *", "say: late");
    NativeModel model = load(simulator, file);

    assertThat(answer(model, prompt("x"))).isEqualTo("late");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void abort_endsTheRunAndNotTheNext(Simulator simulator) throws Exception {
    ModelFile file =
        ModelFile.in(
            folder, "when: long", "repeat: 3000 word ", "decode-ms: 5", "when: *", "say: short");
    NativeModel model = load(simulator, file);
    RecordingObserver observer = new RecordingObserver();
    Thread aborter =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    observer.firstToken.await();
                    model.abort();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(model.run(prompt("long"), observer)).isZero();
    aborter.join();

    assertThat(observer.lengths.size()).isBetween(1, 2500);
    assertThat(answer(model, prompt("x"))).isEqualTo("short");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_withoutFinish_ends(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: unfinished",
            "fault: no-finish",
            "say: all of it",
            "when: silent",
            "fault: silent",
            "say: x",
            "when: *",
            "say: fine");
    NativeModel model = load(simulator, file);

    long begin = System.nanoTime();
    assertThat(answer(model, prompt("unfinished"))).isEqualTo("all of it");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
    RecordingObserver silent = new RecordingObserver(); // abandoned after some time
    assertThat(model.run(prompt("silent"), silent)).isZero();
    assertThat(silent.lengths).isEmpty();
    assertThat(silent.errors.getFirst().orElseThrow()).contains("the run did not start");
    assertThat(answer(model, prompt("x"))).isEqualTo("fine");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_thatFails_isReported(Simulator simulator) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: words",
            "say: one two three",
            "fault: error-at 1 message",
            "when: *",
            "say: fine");
    NativeModel model = load(simulator, file);
    RecordingObserver observer = new RecordingObserver();

    model.run(prompt("words"), observer);

    assertThat(observer.errors.getFirst()).isPresent();
    assertThat(answer(model, prompt("x"))).isEqualTo("fine");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void thrownByObserver_isReportedAndTheRunContinues(Simulator simulator) {
    ModelFile file =
        ModelFile.in(folder, "stop-token: hidden", "cut: words", "when: *", "say: a b c");
    NativeModel model = load(simulator, file);
    RecordingObserver observer =
        new RecordingObserver() {
          @Override
          public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
            super.onToken(member, tokenId, utf8, length);
            throw new IllegalStateException("on purpose");
          }
        };

    assertThat(model.run(prompt("x"), observer)).isZero();
    assertThat(observer.text()).isEqualTo("a b c");
    assertThat(observer.faults).hasSize(3);
    destroy(model, file);
  }
}
