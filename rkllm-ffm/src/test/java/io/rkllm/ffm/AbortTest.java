package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ending a run from another thread, with all ABIs. */
@Timeout(60)
class AbortTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void abort_fromAnotherThread_endsTheRunAndNotTheNext(Simulator simulator) throws Exception {
    ModelFile file =
        ModelFile.in(
            folder, "when: long", "repeat: 3000 word ", "decode-ms: 5", "when: *", "say: short");
    NativeModel model = simulator.runtime().load(file.config());
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
    assertThat(observer.finishes).hasSize(1);
    assertThat(answer(model, prompt("x"))).isEqualTo("short");
    destroy(model, file);
  }
}
