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

/** Native threads that have called into Java do not keep a JVM from ending. */
@Tag("not-emulated") // many JVMs with a time limit
@Timeout(90)
class AsyncExitTest {
  private static final long BOUND_MILLIS = 5_000;

  @TempDir Path folder;

  static Stream<Arguments> cases() {
    return Stream.of(Simulator.values())
        .flatMap(
            simulator ->
                Stream.of("open idle", "open running", "closed idle")
                    .flatMap(
                        state ->
                            Stream.of("exit", "main")
                                .map(way -> Arguments.of(simulator, state, way))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void jvm_endsInTime(Simulator simulator, String state, String way) throws Exception {
    ModelFile file =
        ModelFile.in(
            folder, "when: long", "repeat: 3000 word ", "decode-ms: 20", "when: *", "say: x");
    String[] states = state.split(" ", -1);
    Process process =
        new ForkedJvm(folder, AsyncExitProgram.class)
            .start(
                simulator.library().toString(), file.path().toString(), states[0], states[1], way);
    try (var out = process.inputReader()) {
      String line;
      do {
        line = out.readLine();
      } while (line != null && !line.equals("ending"));
      long begin = System.nanoTime();
      assertThat(line).isNotNull();
      int status = process.waitFor();
      assertThat((System.nanoTime() - begin) / 1_000_000).isLessThan(BOUND_MILLIS);
      assertThat(status).isEqualTo(way.equals("exit") ? AsyncExitProgram.STATUS : 0);
    } finally {
      process.destroyForcibly();
    }
  }
}
