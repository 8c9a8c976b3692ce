package io.rkllm.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Measures the time from a failure to the next answer. */
final class Recoveries {
  private final Map<String, List<Duration>> times = new TreeMap<>();

  void add(String fault, long failedAt) {
    times
        .computeIfAbsent(fault, _ -> new ArrayList<>())
        .add(Duration.ofNanos(System.nanoTime() - failedAt));
  }

  /** Prints the number, the median and the 99th percentile for each fault. */
  void print(Simulators runtime) {
    times.forEach(
        (fault, all) -> {
          all.sort(null);
          System.out.printf(
              "%s, %s: %d survived, recovered in p50 %d ms, p99 %d ms%n",
              runtime,
              fault,
              all.size(),
              all.get(all.size() / 2).toMillis(),
              all.get(all.size() * 99 / 100).toMillis());
        });
  }
}
