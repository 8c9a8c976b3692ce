package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A crash inside the library cannot be contained: it ends the process, visibly. To avoid this, a
 * model must be run in a separate process.
 */
@Tag("not-emulated") // the emulator would crash
@Timeout(90)
class CrashTest {
  private static final int SIGABRT = 128 + 6; // with which a JVM ends after SIGSEGV

  @TempDir Path folder;

  private ForkedJvm.Result run(Simulator simulator, String fault) throws Exception {
    ModelFile file = ModelFile.in(folder, "when: *", "fault: " + fault, "say: a b c");
    return new ForkedJvm(folder, RunProgram.class)
        .run(simulator.library().toString(), file.path().toString());
  }

  @ParameterizedTest
  @EnumSource
  void crashOfTheLibrary_endsTheProcessBySignal(Simulator simulator) throws Exception {
    ForkedJvm.Result result = run(simulator, "crash 1");

    assertThat(result.exitCode()).as(result::describe).isEqualTo(SIGABRT);
    assertThat(result.out()).contains("SIGSEGV").doesNotContain("returned");
  }

  @ParameterizedTest
  @EnumSource
  void assertionOfTheLibrary_endsTheProcessBySignal(Simulator simulator) throws Exception {
    ForkedJvm.Result result = run(simulator, "abort-process");

    assertThat(result.exitCode()).as(result::describe).isEqualTo(SIGABRT);
    assertThat(result.out()).doesNotContain("returned");
  }

  @ParameterizedTest
  @EnumSource
  void withoutFault_thereIsNoCrash(Simulator simulator) throws Exception {
    ForkedJvm.Result result = run(simulator, "none");

    assertThat(result.exitCode()).as(result::describe).isZero();
    assertThat(result.out()).contains("returned 0");
  }
}
