package io.rkllm.examples.bench;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the benchmarks and prints a table. */
final class Benchmarks {

  public static void main(String[] args) throws RunnerException {
    System.out.println("Tool-call parser, an answer in one-character tokens (takes three minutes)");
    System.out.printf(
        "%-14s %12s %14s %10s %10s%n", "answer", "characters", "µs", "ns/char", "growth");
    double before = 0;
    for (RunResult result : sorted(run())) {
      int length = Integer.parseInt(result.getParams().getParam("length"));
      double micros = result.getPrimaryResult().getStatistics().getPercentile(50);
      System.out.printf(
          "%-14s %,12d %,14.1f %10.1f %10s%n",
          result.getParams().getParam("kind"),
          length,
          micros,
          micros * 1000 / length,
          length == 1000 ? "" : "× %.1f".formatted(micros / before));
      before = micros;
    }
  }

  private static Collection<RunResult> run() throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include(ParserBenchmark.class.getName())
                .forks(1)
                .jvmArgsAppend("--sun-misc-unsafe-memory-access=allow") // of JMH itself
                .warmupIterations(4)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(5)
                .measurementTime(TimeValue.seconds(1))
                .verbosity(VerboseMode.SILENT)
                .build())
        .run();
  }

  private static List<RunResult> sorted(Collection<RunResult> results) {
    return results.stream()
        .sorted(
            Comparator.comparing((RunResult result) -> result.getParams().getParam("kind"))
                .thenComparing(result -> Integer.valueOf(result.getParams().getParam("length"))))
        .toList();
  }
}
