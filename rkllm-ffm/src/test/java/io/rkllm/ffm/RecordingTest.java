package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Flight Recorder takes long to initialize, and few programs use it. */
@Tag("not-emulated") // the same on every processor
@Timeout(90)
class RecordingTest {
  @TempDir Path folder;

  @Test
  void generation_beforeAnyRecording_doesNotInitializeFlightRecorder_laterOnesAreRecorded()
      throws Exception {
    Path model =
        Files.writeString(folder.resolve("m"), "RKLLM-SIMULATOR-MODEL 1\nwhen: *\nsay: x\n");

    ForkedJvm.Result result =
        new ForkedJvm(folder, RecordingProgram.class)
            .option("-Xlog:class+load")
            .run(model.toString(), folder.resolve("run.jfr").toString());

    assertThat(result.exitCode()).as(result::describe).isZero();
    int start = result.out().indexOf(RecordingProgram.STARTS_RECORDING);
    assertThat(result.out().substring(0, start))
        .contains("io.rkllm.internal.event.RunEvents") // the log contains the names of classes
        .doesNotContain("jdk.jfr.internal")
        .doesNotContain("JfrEvents$");
    assertThat(result.out().substring(start).lines())
        .contains("io.rkllm.QueueWait", "io.rkllm.Prefill", "io.rkllm.Generation")
        .doesNotContain("io.rkllm.ModelLoad");
  }
}
