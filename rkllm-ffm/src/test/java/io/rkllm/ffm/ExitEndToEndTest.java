package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** However a JVM ends, and whatever its model is doing, the process ends within five seconds. */
@Tag("not-emulated") // many JVMs with a time limit
@Timeout(60)
class ExitEndToEndTest {
  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final int SIGTERM_STATUS = 128 + 15;
  private static final int FORCED_STATUS = 1;

  @TempDir Path folder;
  private String out = ""; // its output after "ending"

  @ParameterizedTest
  @CsvSource({
    "V1_2, main-idle, 0", "V1_3, main-idle, 0", "V1_3_1, main-idle, 0",
    "V1_2, main-running, 0", "V1_3, main-running, 0", "V1_3_1, main-running, 0",
    "V1_2, exit-idle, 7", "V1_3, exit-idle, 7", "V1_3_1, exit-idle, 7",
    "V1_2, exit-running, 7", "V1_3, exit-running, 7", "V1_3_1, exit-running, 7",
    "V1_2, exit-prefill, 7", "V1_3, exit-prefill, 7", "V1_3_1, exit-prefill, 7",
    "V1_2, exit-reader, 7", "V1_3, exit-reader, 7", "V1_3_1, exit-reader, 7",
  })
  void end_nativeCodeComesBack_destroysTheModelFirst(Simulator runtime, String how, int status)
      throws Exception {
    ModelFile model = model();

    assertThat(statusOf(runtime, model, how)).isEqualTo(status);
    EndToEnd.assertClean(model);
  }

  @ParameterizedTest
  @CsvSource({
    "V1_2, exit-hanging", "V1_3, exit-hanging", "V1_3_1, exit-hanging",
    "V1_2, exit-hanging-prefill", "V1_3, exit-hanging-prefill", "V1_3_1, exit-hanging-prefill",
    "V1_2, exit-closing", "V1_3, exit-closing", "V1_3_1, exit-closing",
  })
  void end_nativeCodeHangs_endsTheProcessNevertheless(Simulator runtime, String how)
      throws Exception {
    assertThat(statusOf(runtime, model(), how)).isEqualTo(FORCED_STATUS);
  }

  /** A destructor of the library waits for a thread that once called into Java. */
  @ParameterizedTest
  @EnumSource
  void end_libraryJoinsAThreadInADestructor_endsTheProcess(Simulator runtime) throws Exception {
    ModelFile model =
        ModelFile.in(folder, "fault: join-at-exit", "when: *", "decode-ms: 2", "repeat: 3000 x");

    assertThat(statusOf(runtime, model, "exit-running")).isEqualTo(ExitProgram.STATUS);
  }

  @ParameterizedTest
  @EnumSource
  void sigterm_duringARun_endsTheProcess(Simulator runtime) throws Exception {
    ModelFile model = model();

    assertThat(statusOf(runtime, model, "signal-running")).isEqualTo(SIGTERM_STATUS);
    EndToEnd.assertClean(model);
  }

  /** An application that closes its model properly gets the time to do so. */
  @ParameterizedTest
  @CsvSource({
    "signal-default, STOP, 100, 143",
    "signal-short-grace, MODEL_CLOSED, , 143",
    "signal-application, STOP, 3, 143",
    "exit-application, STOP, 3, 7",
  })
  void end_runningAnswers_areWholeOrFail(
      String how, String reason, @Nullable String last, int status) throws Exception {
    ModelFile model = model();

    assertThat(statusOf(Simulator.V1_3_1, model, how)).isEqualTo(status);
    assertThat(out).startsWith(reason + " ");
    if (last != null) {
      assertThat(out.lines().findFirst().orElseThrow()).endsWith(" " + last);
    }
    EndToEnd.assertClean(model);
  }

  @ParameterizedTest
  @EnumSource
  void end_applicationDoesNotClose_sdkDoesAsALastResort(Simulator runtime) throws Exception {
    ModelFile model = model();

    assertThat(statusOf(runtime, model, "exit-application-forgets")).isEqualTo(ExitProgram.STATUS);
    EndToEnd.assertClean(model);
  }

  private ModelFile model() {
    return ModelFile.in(
        folder,
        "when: count slowly to {n:int}",
        "decode-ms: 2",
        "repeat: {n} \" {i}\"",
        "",
        "when: think long",
        "prefill-ms: 1500",
        "say: Done.",
        "",
        "when: hang",
        "fault: hang-at 1",
        "repeat: 10 \" {i}\"",
        "",
        "when: hang in prefill",
        "fault: hang-prefill",
        "say: Never.");
  }

  /** Runs the program. Fails if it takes longer than the limit after it has printed "ending". */
  private int statusOf(Simulator runtime, ModelFile model, String how) throws Exception {
    Process process =
        new ForkedJvm(folder, ExitProgram.class)
            .start(runtime.library().toString(), model.path().toString(), how);
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.equals("ending")) {
        line = out.readLine();
      }
      long begin = System.nanoTime();
      if (how.startsWith("signal")) {
        process.toHandle().destroy(); // unlike Process.destroy, this leaves the pipe open
      }
      StringWriter rest = new StringWriter();
      out.transferTo(rest);
      this.out = rest.toString();
      boolean ended =
          process.waitFor(BOUND.toNanos() - (System.nanoTime() - begin), TimeUnit.NANOSECONDS);
      assertThat(ended).as("ended within %s", BOUND).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
