package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Minutes of adverse conditions for single generations, batches and turns of sessions: full heaps,
 * executors and a process without threads, cancellation, timeouts, pauses and closes. Each
 * generation must end, and each of its readers must be notified exactly once.
 */
@Tag("not-emulated") // independent of the processor
class ChaosEndToEndTest {
  private static final Duration SHORT = Duration.ofSeconds(5);
  private static final Duration LONG =
      Duration.ofSeconds(Long.getLong("rkllm.test.chaos.seconds", 180));

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void adverseConditions_everyGenerationEndsOnce(Simulator runtime) throws Exception {
    run(runtime, SHORT);
  }

  @Tag("soak")
  @ParameterizedTest
  @EnumSource
  void adverseConditions_forMinutes_everyGenerationEndsOnce(Simulator runtime) throws Exception {
    run(runtime, LONG);
  }

  private void run(Simulator runtime, Duration duration) throws Exception {
    ModelFile model = EndToEnd.modelIn(folder);
    long seed = new Random().nextLong();

    ForkedJvm.Result result =
        new ForkedJvm(folder, ChaosProgram.class)
            .option("-Xmx48m")
            .variable("MALLOC_ARENA_MAX", "1") // whose size would count as that of threads
            .option("-Xss" + ChaosProgram.STACK_MEGABYTES + "m")
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
            .within(duration.plusMinutes(1))
            .run(
                runtime.library().toString(),
                model.path().toString(),
                String.valueOf(duration.toSeconds()),
                String.valueOf(seed));

    assertThat(result.exitCode()).as("seed %d, %s", seed, result.describe()).isZero();
    assertThat(result.out()).as(result.describe()).contains("alive: ");
  }
}
