package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.observe;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Failures of asynchronous runs in old releases. */
@Tag("not-emulated") // the same on every processor
@Timeout(90)
class AsyncFailuresTest {
  @TempDir Path folder;

  private NativeModel load(Simulator simulator, ModelFile file) throws Exception {
    return Simulator.open(simulator.copyIn(folder)).load(file.with().nativeAsync(true).build());
  }

  /** The run may still start; see {@link RunMemoryTest}. The model remains usable. */
  @ParameterizedTest
  @EnumSource
  void runWithoutAnySign_countsAsEndedAndFailedAfterAWhile(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "fault: async-no-callbacks", "when: *", "say: lost");
    NativeModel model = load(simulator, file);
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt("?"), observer)).isZero();

    assertThat(observer.text()).isEmpty();
    assertThat(observer.finishes).isEmpty();
    assertThat(observer.errors)
        .singleElement()
        .satisfies(
            words ->
                assertThat(words.orElseThrow())
                    .startsWith("rkllm_run_async returned 0")
                    .contains("the run did not start"));
    assertThat(model.kvCacheSizes()).hasSize(1);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void runWithoutText_ends(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "fault: async-empty-text", "when: *", "say: lost");
    NativeModel model = load(simulator, file);

    RecordingObserver observer = observe(model, prompt("?"));

    assertThat(observer.text()).isEmpty();
    assertThat(observer.lengths).isNotEmpty().containsOnly(0);
    model.destroy();
  }

  /** A run that hangs is awaited, because freeing its input would be worse. The JVM still ends. */
  @ParameterizedTest
  @EnumSource
  void runThatHangs_keepsItsThreadAndNotTheJvm(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "fault: async-hang", "when: *", "say: lost");

    ForkedJvm.Result result =
        new ForkedJvm(folder, AsyncHangProgram.class)
            .run(simulator.library().toString(), file.path().toString());

    assertThat(result.exitCode()).as(result::describe).isEqualTo(AsyncHangProgram.STATUS);
    assertThat(result.out()).contains("still waiting");
  }

  /** A late callback must not become part of the next run. */
  @ParameterizedTest
  @EnumSource
  void runThatIsRefused_failsAtOnce_andWhatComesNeverthelessIsAStray(Simulator simulator)
      throws Exception {
    for (String fault : new String[] {"async-code -3", "async-code 2 runs"}) {
      ModelFile file = ModelFile.in(folder, "fault: " + fault, "when: *", "say: lost");
      NativeModel model = load(simulator, file);
      long begin = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        RecordingObserver observer = new RecordingObserver();
        assertThat(model.run(prompt("?"), observer)).isEqualTo(fault.contains("-3") ? -3 : 2);
        assertThat(observer.faults).isEmpty();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
      destroy(model, file);
    }
  }
}
