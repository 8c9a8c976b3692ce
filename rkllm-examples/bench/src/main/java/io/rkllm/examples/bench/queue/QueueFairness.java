package io.rkllm.examples.bench.queue;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cost and fairness of the queue with 1, 8, 64 and 512 callers of one model: the time for each
 * request when a run takes almost no time, and whether requests are served in order of arrival when
 * a run takes a millisecond.
 */
public final class QueueFairness implements Measure {
  @Override
  public void run(Effort effort, Table table) throws IOException {
    List<double[]> fast =
        client("which run", effort.of(4_096, 40_960), effort.of(8, 20), 1, 8, 64, 512).figures();
    List<double[]> slow =
        client("which run, slowly", effort.of(1_536, 15_360), 1, 8, 64, 512).figures();

    table.heading("1, 8, 64, 512 callers of one model", "µs a request");
    double alone = micros(fast, 1);
    for (int callers : new int[] {1, 8, 64, 512}) {
      double micros = micros(fast, callers);
      table.line("rkllm for Java: %d caller%s".formatted(callers, callers == 1 ? "" : "s"), micros);
      if (callers > 1) {
        table.atMost(1.25, micros / alone, "× one caller");
      }
    }
    double overtaken = slow.stream().mapToDouble(figures -> figures[2]).sum();
    table.line(
        "requests of 1 ms served after one that came later",
        "%.0f".formatted(overtaken),
        "of %d for each number of callers".formatted(effort.of(1_536, 15_360)));
    table.atMost(0, overtaken, "requests");
  }

  /** Returns the time for each request in microseconds. The first half of the rounds is warm-up. */
  private static double micros(List<double[]> figures, int callers) {
    List<double[]> rounds = figures.stream().filter(each -> each[0] == callers).toList();
    return Percentile.of(
        50,
        rounds.subList(rounds.size() / 2, rounds.size()).stream()
            .mapToDouble(each -> each[1] / 1000)
            .toArray());
  }

  private static Child client(String prompt, int requests, int rounds, Integer... callers) {
    Object[] arguments = {
      StreamModel.library(),
      StreamModel.path().resolveSibling("queue.rkllm"),
      prompt,
      requests,
      rounds
    };
    return Child.java(
        QueueClient.class,
        Stream.concat(Arrays.stream(arguments), Arrays.stream(callers)).toArray());
  }
}
