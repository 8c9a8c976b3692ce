package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of loads and a million tokens in one JVM with a heap of 64 MB. */
@Tag("not-emulated") // the process's memory includes the emulator's
@Timeout(900)
class EnduranceEndToEndTest {
  private static final long FIVE_MB = 5_000_000;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void manyLoadsAndTokens_smallHeap_memoryStaysAsItIs(Simulator runtime) throws Exception {
    run(runtime, 1_000);
  }

  @Tag("soak")
  @ParameterizedTest
  @EnumSource
  void manyMoreLoads_smallHeap_memoryAndThreadsStayAsTheyAre(Simulator runtime) throws Exception {
    run(runtime, 20_000);
  }

  private void run(Simulator runtime, int loads) throws Exception {
    ModelFile model = EndToEnd.modelIn(folder);

    ForkedJvm.Result result =
        new ForkedJvm(folder, EnduranceProgram.class)
            .option("-Xmx64m")
            // The heap is resident from the start, so that it does not contribute to the growth.
            .option("-Xms64m")
            .option("-XX:+AlwaysPreTouch")
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .within(Duration.ofMinutes(14))
            .run(runtime.library().toString(), model.path().toString(), String.valueOf(loads));

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(number(result, "growth-of-loads")).isLessThan(FIVE_MB);
    assertThat(number(result, "growth-of-tokens")).isLessThan(FIVE_MB);
    assertThat(number(result, "growth-of-threads")).isLessThan(5);
    EndToEnd.assertClean(model);
  }

  private static long number(ForkedJvm.Result result, String name) {
    Matcher line =
        Pattern.compile("^" + name + " (-?\\d+)$", Pattern.MULTILINE).matcher(result.out());
    assertThat(line.find()).as("%s in the output", name).isTrue();
    return Long.parseLong(line.group(1));
  }
}
