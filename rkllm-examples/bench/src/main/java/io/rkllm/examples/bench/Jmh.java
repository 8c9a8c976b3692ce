package io.rkllm.examples.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks with JMH, in a JVM that it starts, where an operation is too short to be measured
 * in a process of its own.
 */
public final class Jmh {
  private Jmh() {}

  /**
   * Returns the time of a benchmark method in nanoseconds, in the fastest iteration, because other
   * load on the machine can only increase it.
   *
   * @param benchmarks a class with a {@code @Warmup} that is sufficient for short runs
   * @param params a value for each of the class's {@code @Param} fields
   */
  public static double nanos(
      Effort effort, Class<?> benchmarks, String method, Map<String, String> params)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmarks.getName() + "\\." + method + "$")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(1)
            .jvmArgs("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
            .measurementIterations(effort.of(4, 10))
            .measurementTime(TimeValue.milliseconds(effort.of(300, 1_000)))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    if (effort == Effort.FULL) {
      options.warmupIterations(5).warmupTime(TimeValue.seconds(1));
    }
    params.forEach(options::param);
    return new Runner(options.build()).runSingle().getPrimaryResult().getStatistics().getMin();
  }
}
