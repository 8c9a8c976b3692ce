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

/** For what takes too little time for a process of its own: JMH, in a JVM that it starts. */
public final class Jmh {
  private Jmh() {}

  /**
   * How long a benchmark method takes, in nanoseconds: the fastest iteration, as whatever else the
   * machine does can only add to it.
   *
   * @param benchmarks a class with a {@code @Warmup} that does for the short form
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
