package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ending a run from another thread, on both ABIs. */
@Timeout(60)
class AbortTest {
  @TempDir Path folder;

  private static RunRequest prompt(String text) {
    return new RunRequest(TextPrompt.of(text), false, null, null);
  }

  /** Runs and returns the text. */
  private static String answer(NativeModel model, RunRequest request) {
    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(request, observer)).isZero();
    assertThat(observer.faults).isEmpty();
    return observer.text();
  }

  /** Destroys the model; native code must have seen no misuse and have freed everything. */
  private static void destroy(NativeModel model, ModelFile file) {
    model.destroy();
    assertThat(file.ledger()).contains(" misuse=0 ").contains("live_handles=0 ");
  }

  @ParameterizedTest
  @EnumSource
  void abort_fromAnotherThread_endsTheRunAndNotTheNext(Simulator simulator) throws Exception {
    ModelFile file =
        ModelFile.in(
            folder, "when: long", "repeat: 3000 word ", "decode-ms: 5", "when: *", "say: short");
    NativeModel model = simulator.runtime().load(file.config());
    model.abort(); // Nothing is under way: must not end what comes.
    assertThat(answer(model, prompt("x"))).isEqualTo("short");

    RecordingObserver observer = new RecordingObserver();
    Thread aborter =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    observer.firstToken.await();
                    model.abort();
                    model.abort();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(model.run(prompt("long"), observer)).isZero();
    aborter.join();
    model.abort();

    assertThat(observer.lengths.size()).isBetween(1, 2500);
    assertThat(observer.finishes).hasSize(1);
    assertThat(answer(model, prompt("x"))).isEqualTo("short");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void aborts_atRandomTimes_neverEndTheNextRun(Simulator simulator) throws Exception {
    ModelFile file =
        ModelFile.in(folder, "idle-abort: stays", "when: a", "say: a", "when: *", "say: all of it");
    NativeModel model = simulator.runtime().load(file.config());
    for (int i = 0; i < 300; i++) {
      Thread aborter = Thread.ofPlatform().start(model::abort);
      model.run(prompt("a"), new RecordingObserver());
      aborter.join();
      assertThat(answer(model, prompt("b"))).isEqualTo("all of it");
    }
    destroy(model, file);
  }
}
