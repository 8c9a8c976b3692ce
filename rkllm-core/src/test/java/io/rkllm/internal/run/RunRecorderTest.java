package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunPerformance;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RunRecorderTest {
  private final ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("x"));
  private final ModelHandle handle =
      new ModelHandle("scripted", runtime, ModelConfig.of(Path.of("scripted")), null);

  /** Native code may lose an abort that comes before the first step of a run. */
  @Test
  void eachTokenAfterAStop_abortsAgain_andIsNotRecorded() {
    StoppedRun run = new StoppedRun();
    RunRecorder recorder = new RunRecorder(run, handle, new Answer[1], null);
    for (int token = 1; token <= 3; token++) {
      assertThat(recorder.onToken(0, token, new byte[] {'x'}, 1)).isTrue();
      assertThat(run.aborts).isEqualTo(token);
    }
    assertThat(recorder.cached(0)).isEqualTo(3);
  }

  @Test
  void reset_discardsTheMeasurementsAndTheEnd() {
    RunRecorder recorder = new RunRecorder(new StoppedRun(), handle, new Answer[1], null);
    recorder.onFinish(new RunPerformance(1, 2, 3, 4, 5));
    assertThat(recorder.finished()).isTrue();
    recorder.reset();
    assertThat(recorder.finished()).isFalse();
    assertThat(recorder.performance()).isEqualTo(RunPerformance.NONE);
  }

  private static final class StoppedRun implements RunRecorder.Run {
    private int aborts;

    @Override
    public boolean stopRequested() {
      return true;
    }

    @Override
    public void abort() {
      aborts++;
    }

    @Override
    public boolean pauseRequested() {
      return false;
    }

    @Override
    public void memberEnded(Answer answer) {}

    @Override
    public void finishing() {}

    @Override
    public void fail(Throwable thrown) {}
  }
}
