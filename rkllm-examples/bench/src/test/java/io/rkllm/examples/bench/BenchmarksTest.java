package io.rkllm.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each measure can be taken, with all of its clients; how fast they are is not looked at. */
class BenchmarksTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  static Set<String> names() {
    return Benchmarks.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void measure_triedOut_printsFiguresForAll(String name) throws Exception {
    assumeThat(onPath("gcc") && onPath("python3")).isTrue();

    Benchmarks.measure(name)
        .run(Effort.TRIAL, new Table(new PrintStream(printed, true, StandardCharsets.UTF_8)));

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("rkllm for Java")
        .doesNotContain("NaN", "Infinity");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
