package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.rkllm.input.TextPrompt;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A run is overdue if it was abandoned, whatever happens to the runs before and after it. */
class OverdueRunTest {
  private boolean overdue; // as seen from inside native code
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt -> Script.of().then(() -> overdue = this.gate.isOverdue()).then("x"));
  private final ModelHandle handle =
      new ModelHandle("scripted", runtime, ModelConfig.of(Path.of("scripted")), null);
  private final RunGate gate = new RunGate(handle);

  @BeforeEach
  void load() {
    handle.open(new RuntimeOptions(null, null, false));
    handle.load();
  }

  private void pass(Run run) {
    RunRequest request = RunRequest.of(TextPrompt.of("x"));
    assertThat(gate.pass(run, request, mock(RunObserver.class))).isZero();
  }

  @Test
  void runThatWasGivenUp_isOverdueUntilItReturns_andTheNextIsNot() {
    Run givenUp = new Run();
    givenUp.ended = true;
    pass(givenUp);
    assertThat(overdue).isTrue();
    assertThat(gate.isOverdue()).isFalse();

    pass(new Run());
    assertThat(overdue).isFalse();
  }

  /** The thread that gives a run up may be delayed until the next run is in native code. */
  @Test
  void runThatIsGivenUpTooLate_doesNotMarkTheNext() {
    Run late = new Run();
    pass(late);
    late.ended = true;

    pass(new Run());
    assertThat(overdue).isFalse();
  }

  private static final class Run implements RunGate.Entrant {
    private boolean ended;

    @Override
    public boolean mayBegin() {
      return true;
    }

    @Override
    public boolean hasEnded() {
      return ended;
    }

    @Override
    public boolean producedNothing() {
      return false;
    }

    @Override
    public void restart() {}

    @Override
    public void onModelClose() {}
  }
}
