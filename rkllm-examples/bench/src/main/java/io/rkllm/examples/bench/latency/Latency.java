package io.rkllm.examples.bench.latency;

import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.Effort;
import io.rkllm.examples.bench.Measure;
import io.rkllm.examples.bench.Percentile;
import io.rkllm.examples.bench.StreamModel;
import io.rkllm.examples.bench.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The latency of a token for a waiting reader: from just before the native callback, as recorded by
 * the simulator, until user code has the token. Both read the same monotonic clock.
 */
public final class Latency implements Measure {
  private static final int SDK_PACE = 2;
  private static final int PYTHON_PACE = 20; // its loop takes 5 ms for a token: far from saturated

  /** A client that waits for tokens, given a model file and a prompt. */
  public interface Client {
    Child of(Path model, String prompt, int runs, int tokens) throws IOException;
  }

  /** Percentiles of the latency and the duration of the callback, in microseconds. */
  public record Spread(double p50, double p99, double p999, double callback) {}

  @Override
  public void run(Effort effort, Table table) throws IOException {
    table.heading("one token's way when the reader is parked", "µs, p50");
    int tokens = effort.of(1_000, 10_000);
    int runs = effort.of(1, 5);
    Client waiting = (model, prompt, n, count) -> Child.c("latency", arguments(model, prompt));
    line(
        table, "C thread that waits on a condition variable", spread(waiting, SDK_PACE, 1, tokens));
    Client polling = (model, prompt, n, count) -> Child.python("latency", arguments(model, prompt));
    Spread python = spread(polling, PYTHON_PACE, 1, effort.of(150, 2_000));
    line(table, "Python, polling every 5 ms, a token each 20 ms", python);
    for (String way : new String[] {"iterator", "subscriber"}) {
      Spread sdk = spread(sdk(way), SDK_PACE, runs, tokens);
      line(table, "rkllm for Java: " + way, sdk);
      table.atMost(100, sdk.p99, "µs at p99");
      table.atLeast(50, python.p50 / sdk.p50, "times as soon as by polling, p50");
      table.atLeast(50, python.p99 / sdk.p99, "times as soon as by polling, p99");
    }
  }

  private static Client sdk(String way) {
    return (model, prompt, runs, tokens) ->
        Child.java(WaitingClient.class, StreamModel.library(), model, prompt, runs, tokens, way);
  }

  private static Object[] arguments(Path model, String prompt) {
    return new Object[] {StreamModel.library(), model, prompt};
  }

  private static void line(Table table, String who, Spread spread) {
    table.line(
        who,
        spread.p50,
        "p99 %.0f, p99.9 %.0f; the callback itself took %.1f"
            .formatted(spread.p99, spread.p999, spread.callback));
  }

  /** Measures a client that is asked for tokens at an interval of {@code pace} milliseconds. */
  public static Spread spread(Client client, int pace, int runs, int tokens) throws IOException {
    Path folder = Files.createTempDirectory("rkllm-bench");
    Path times = folder.resolve("times");
    Path model = StreamModel.timed(folder, times);
    try {
      String prompt = StreamModel.tokens(tokens, pace);
      double[] taken = client.of(model, prompt, runs, tokens).column();
      List<double[]> callbacks = last(Files.readAllLines(times), taken.length);
      double[] way = new double[taken.length];
      double[] callback = new double[taken.length];
      for (int i = 0; i < taken.length; i++) {
        double called = callbacks.get(i)[0];
        way[i] = (taken[i] - called) / 1e3;
        callback[i] = (callbacks.get(i)[1] - called) / 1e3;
      }
      return new Spread(
          Percentile.of(50, way),
          Percentile.of(99, way),
          Percentile.of(99.9, way),
          Percentile.of(50, callback));
    } finally {
      Files.deleteIfExists(times);
      Files.delete(model);
      Files.delete(folder);
    }
  }

  /** Returns the start and end times of the last callbacks; earlier ones are warm-up. */
  private static List<double[]> last(List<String> times, int count) {
    return times.subList(times.size() - count, times.size()).stream()
        .map(line -> Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray())
        .toList();
  }
}
