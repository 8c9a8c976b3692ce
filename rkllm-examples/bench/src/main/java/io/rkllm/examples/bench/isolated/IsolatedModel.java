package io.rkllm.examples.bench.isolated;

import io.rkllm.RkllmModel;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Jars;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.Rounds;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import io.rkllm.examples.bench.idle.IdleClient;
import io.rkllm.examples.bench.idle.IdleTime;
import io.rkllm.examples.bench.latency.Latency;
import io.rkllm.examples.bench.latency.WaitingClient;
import io.rkllm.examples.bench.token.SdkDelivery;
import io.rkllm.host.HostRuntime;
import io.rkllm.runtime.Doctor;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;

/** The cost of a model in a child process, compared with one in the process itself. */
public final class IsolatedModel implements Measure {
  private static final String HERE = "rkllm for Java, in process";
  private static final String ISOLATED = "rkllm for Java, isolated";
  private static final int PACE = 50;

  // The results of ChildStart:
  private static final int LOADED = 0;
  private static final int PROCESSOR = 1;
  private static final int RESIDENT = 2;
  private static final int PROPORTIONAL = 3;
  private static final int PRIVATE = 4;

  @Override
  public void run(Effort effort, Table table) throws Exception {
    way(effort, table);
    throughput(effort, table);
    processorTime(effort, table);
    starts(effort, table);
  }

  private static List<String> options(String kind) {
    return List.of("-D" + StreamModel.ISOLATED + "=" + kind.equals(ISOLATED));
  }

  private static void way(Effort effort, Table table) throws IOException {
    table.heading("one token's way when the reader is parked", "µs, p50");
    int tokens = effort.of(1_000, 10_000);
    double here = way(HERE, tokens, table);
    double isolated = way(ISOLATED, tokens, table);
    table.atMost(60, isolated - here, "µs more");
  }

  private static double way(String kind, int tokens, Table table) throws IOException {
    Latency.Spread spread =
        Latency.spread(
            (model, prompt, runs, count) ->
                Child.java(
                    options(kind),
                    WaitingClient.class,
                    StreamModel.library(),
                    model,
                    prompt,
                    runs,
                    count,
                    "iterator"),
            2,
            1,
            tokens);
    table.line(kind, spread.p50(), "p99 %.0f".formatted(spread.p99()));
    return spread.p50();
  }

  private static void throughput(Effort effort, Table table) throws IOException {
    table.heading("tokens as fast as possible, to a subscriber", "tokens/s");
    Rounds rounds = new Rounds();
    for (String kind : List.of(HERE, ISOLATED)) {
      Object[] arguments = {
        StreamModel.library(),
        StreamModel.path(),
        StreamModel.tokens(8_000),
        effort.of(100, 1_000),
        "1",
        "0"
      };
      rounds.add(kind, Child.java(options(kind), SdkDelivery.class, arguments));
    }
    rounds.run(effort.of(2, 10));
    table.line(HERE, 1e9 / rounds.best(HERE, 0));
    table.line(ISOLATED, 1e9 / rounds.best(ISOLATED, 0));
    table.atLeast(300_000, 1e9 / rounds.best(ISOLATED, 0), "tokens/s");
  }

  private static void processorTime(Effort effort, Table table) throws Exception {
    table.heading("processor time while 20 tokens a second stream", "% of a core");
    int seconds = effort.of(10, 60);
    String prompt = StreamModel.tokens(seconds * 1_000 / PACE, PACE);
    Object[] idle = {StreamModel.library(), StreamModel.path(), seconds};
    Object[] streaming = {StreamModel.library(), StreamModel.path(), seconds, prompt};
    double[] shares =
        IdleTime.sharesOfACore(
            List.of(
                Child.java(options(HERE), IdleClient.class, idle),
                Child.java(options(HERE), IdleClient.class, streaming),
                Child.java(options(ISOLATED), IdleClient.class, idle),
                Child.java(options(ISOLATED), IdleClient.class, streaming)),
            seconds);
    double here = shares[1] - shares[0];
    double isolated = shares[3] - shares[2];
    table.line(HERE, here, "the same JVM, idle, is taken off");
    table.line(ISOLATED, isolated, "both processes; the same, idle, are taken off");
    if (here > 0) {
      table.atMost(1.5, isolated / here, "× in process");
    } else { // the system counts processor time in steps, of which there were too few
      table.line("", "", "no comparison: it was measured for too short a time");
    }
  }

  private static void starts(Effort effort, Table table) throws Exception {
    try (Jars jars = new Jars()) {
      Class<?> provider = Doctor.provider().getClass();
      String classPath =
          jars.holding(
              ChildStart.class, HostRuntime.class, RkllmModel.class, provider, Logger.class);
      String cache = jars.folder().resolve("child.aot").toString();
      var _ = start(classPath, 0, "-XX:AOTCacheOutput=" + cache).figures();

      table.heading("start of a child → model loaded", "ms");
      int runs = effort.of(5, 31);
      List<double[]> plain = start(classPath, runs).figures();
      List<double[]> cached = start(classPath, runs, "-XX:AOTCache=" + cache).figures();
      start(table, "rkllm for Java, as it comes", plain, 400);
      start(table, "rkllm for Java, with an AOT cache", cached, 200);
      table.heading("memory of a child that has answered", "MB");
      memory(table, "rkllm for Java, as it comes", plain);
      memory(table, "rkllm for Java, with an AOT cache", cached);
    }
  }

  private static Child start(String classPath, int runs, String... options) {
    Object[] arguments = new Object[4 + options.length];
    arguments[0] = StreamModel.library();
    arguments[1] = StreamModel.path();
    arguments[2] = StreamModel.tokens(1);
    arguments[3] = runs;
    System.arraycopy(options, 0, arguments, 4, options.length);
    return Child.java(classPath, List.of(), ChildStart.class, arguments);
  }

  private static void start(Table table, String kind, List<double[]> runs, double goal) {
    double millis = median(runs, LOADED);
    table.line(
        kind, millis, "%.0f ms of processor time of the child".formatted(median(runs, PROCESSOR)));
    table.atMost(goal, millis, "ms");
  }

  private static void memory(Table table, String kind, List<double[]> runs) {
    table.line(
        kind,
        median(runs, PROPORTIONAL),
        "resident %.1f, of that private %.1f"
            .formatted(median(runs, RESIDENT), median(runs, PRIVATE)));
    table.atMost(35, median(runs, PROPORTIONAL), "MB, proportional");
  }

  /** Returns the median of a result of all runs but the first. */
  private static double median(List<double[]> runs, int result) {
    return Percentile.of(50, runs.stream().skip(1).mapToDouble(run -> run[result]).toArray());
  }
}
