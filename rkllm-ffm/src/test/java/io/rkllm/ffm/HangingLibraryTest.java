package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A library that never returns from a constructor, or from the call that identifies it, is
 * abandoned like one that hangs in {@code rkllm_init}, and does not keep the process from ending.
 */
@Tag("not-emulated")
class HangingLibraryTest {
  /** The exit status of a process that was ended without C destructors. */
  private static final int FORCED = 1;

  @TempDir Path folder;

  private ForkedJvm.Result run(String stub, String how) throws Exception {
    Path model = Files.writeString(folder.resolve("model.rkllm"), "never read");
    ForkedJvm.Result result =
        new ForkedJvm(folder, HangingLibraryProgram.class)
            .run(Simulator.stub(stub).toString(), model.toString(), how);
    assertThat(result.exitCode()).as(result.describe()).isEqualTo(FORCED);
    assertThat(result.out()).as(result.describe()).endsWith("ending\n");
    return result;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hangs-in-constructor", "hangs-in-defaults"})
  void load_timeIsOver_throws_andTheProcessCanEnd(String stub) throws Exception {
    ForkedJvm.Result result = run(stub, "timeout");

    assertThat(result.out().lines().filter(line -> line.contains("loadTimeout of PT0.5S")))
        .as(result.describe())
        .hasSize(2);
    assertThat(result.err())
        .contains("ERROR", "model.rkllm: loading was abandoned", "stay in use")
        .contains("native code of model model.rkllm has not returned");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hangs-in-constructor", "hangs-in-defaults"})
  void load_interrupted_throws(String stub) throws Exception {
    ForkedJvm.Result result = run(stub, "interrupt");

    assertThat(result.out()).contains("the thread was interrupted").contains("interrupted true");
    assertThat(result.err()).contains("ERROR", "model.rkllm: loading was abandoned");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hangs-in-constructor", "hangs-in-defaults"})
  void doctor_saysThatItHangs_andReportsTheRest(String stub) throws Exception {
    ForkedJvm.Result result = run(stub, "doctor");

    assertThat(result.out())
        .containsPattern("PROBLEM +runtime +it has not opened and given its defaults within 500 ms")
        .contains("version line")
        .contains("board");
  }
}
