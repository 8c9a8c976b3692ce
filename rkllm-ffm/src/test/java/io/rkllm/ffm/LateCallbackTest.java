package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A native thread that calls back after {@code rkllm_destroy} does not end the JVM. */
@Timeout(90)
@Tag("not-emulated") // many JVMs; CallbackPointersTest covers late calls
class LateCallbackTest {
  @TempDir Path folder;

  static Stream<Arguments> cases() {
    return Stream.of(Simulator.values())
        .flatMap(
            simulator ->
                Stream.of(Arguments.of(simulator, "sync"), Arguments.of(simulator, "async")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void callbackAfterDestroy_isCountedAndLogged(Simulator simulator, String way) throws Exception {
    ModelFile late = ModelFile.in(folder, "fault: late-callback", "when: *", "say: first");
    ModelFile other = ModelFile.in(folder, "when: *", "decode-ms: 1", "say: a b c d");

    ForkedJvm.Result result =
        new ForkedJvm(folder, LateCallbackProgram.class)
            .run(
                simulator.library().toString(),
                late.path().toString(),
                other.path().toString(),
                way);

    assertThat(result.exitCode()).as(result::describe).isZero();
    assertThat(result.out())
        .contains("late calls 1", "told after destroy 0", "the other says a b c d");
    assertThat(result.err()).contains("called back 1 times for models that have been destroyed");
  }
}
