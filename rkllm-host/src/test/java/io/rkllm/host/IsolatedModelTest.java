package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models in child processes, as an application uses them. */
@Tag("not-emulated")
@Timeout(60)
class IsolatedModelTest {
  private static final String[] SCRIPT = {
    "cut: words",
    "when: count to {n:int}",
    "repeat: {n} \" {i}\"",
    "",
    "when: count slowly to {n:int}",
    "decode-ms: 20",
    "repeat: {n} \" {i}\"",
    "",
    "when: crash",
    "fault: crash 3",
    "repeat: 10 \" {i}\"",
    "",
    "when: *",
    "say: I heard you.",
  };

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void generate_inChildProcess_streamsTheAnswer(Simulators runtime) {
    try (RkllmModel model = runtime.isolated(folder, SCRIPT).load()) {
      assertThat(model.generate("count to 300").text()).isEqualTo(counted(300));
      assertThat(model.runtime().abi()).isEqualTo(runtime.abi);
    }
  }

  @ParameterizedTest
  @EnumSource
  void cancel_runInChildProcess_endsIt(Simulators runtime) {
    try (RkllmModel model = runtime.isolated(folder, SCRIPT).load()) {
      Generation slow = model.generate("count slowly to 3000");
      assertThat(slow.iterator().next().text()).isNotEmpty();
      slow.cancel();

      assertThat(slow.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  @ParameterizedTest
  @EnumSource
  void generate_libraryCrashes_failsWithTheTextSoFarAndTheNextOneWorks(Simulators runtime) {
    try (RkllmModel model = runtime.isolated(folder, SCRIPT).load()) {
      assertThatThrownBy(() -> model.generate("crash").text())
          .isInstanceOfSatisfying(
              InferenceException.class, e -> assertThat(e.partialText()).isEqualTo(" 1 2 3"))
          .hasMessageContainingAll("SIGSEGV", "loading rkllm model");
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  private static String counted(int n) {
    return IntStream.rangeClosed(1, n).mapToObj(i -> " " + i).collect(Collectors.joining());
  }
}
