package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A warning is logged for exactly those releases whose asynchronous runs are broken. */
@Tag("not-emulated") // the same on every processor
@Timeout(90)
class AsyncWarningTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "V1_2, 1.2.1, true, true",
    "V1_2, 1.2.2b3, true, true",
    "V1_2, 1.2.1, false, false",
    "V1_2, 1.2.3, true, false",
    "V1_3, 1.3.0, true, false",
    "V1_3, unknown, true, false",
    "V1_3_1, 1.3.1, true, false",
  })
  void load_onABrokenRelease_isLogged(
      Simulator simulator, String release, boolean async, boolean warned) throws Exception {
    Path model = Files.writeString(folder.resolve("any.rkllm"), "any");

    ForkedJvm.Result result =
        new ForkedJvm(folder, AsyncWarningProgram.class)
            .run(simulator.name(), release, model.toString(), Boolean.toString(async));

    assertThat(result.exitCode()).as(result::describe).isZero();
    if (warned) {
      assertThat(result.err())
          .contains("WARN")
          .contains("asynchronous runs are broken in runtime release " + release)
          .contains("To fix this: ");
    } else {
      assertThat(result.err()).doesNotContain("asynchronous");
    }
  }
}
