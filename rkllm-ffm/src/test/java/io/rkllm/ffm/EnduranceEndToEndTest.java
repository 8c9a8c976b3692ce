package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A thousand loads and a million tokens in one JVM with a heap of 64 MB. */
@Tag("not-emulated") // the process's memory includes the emulator's
@Timeout(120)
class EnduranceEndToEndTest {
  private static final long FIVE_MB = 5_000_000;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void manyLoadsAndTokens_smallHeap_memoryStaysAsItIs(Simulator runtime) throws Exception {
    ModelFile model = EndToEnd.modelIn(folder);

    ForkedJvm.Result result =
        new ForkedJvm(folder, EnduranceProgram.class)
            .option("-Xmx64m")
            // The heap is resident from the start, so that it does not contribute to the growth.
            .option("-Xms64m")
            .option("-XX:+AlwaysPreTouch")
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .run(runtime.library().toString(), model.path().toString());

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(number(result, "growth-of-loads")).isLessThan(FIVE_MB);
    assertThat(number(result, "growth-of-tokens")).isLessThan(FIVE_MB);
    EndToEnd.assertClean(model);
  }

  private static long number(ForkedJvm.Result result, String name) {
    Matcher line =
        Pattern.compile("^" + name + " (-?\\d+)$", Pattern.MULTILINE).matcher(result.out());
    assertThat(line.find()).as("%s in the output", name).isTrue();
    return Long.parseLong(line.group(1));
  }
}
